/// The nodes that pods run on, and the cluster autoscaler's arithmetic: where a pod fits, how many
/// nodes are missing, which have been empty for too long, when an image has been pulled.
///
/// A pod goes to the emptiest node that takes it, the lowest number of equals. Images are pulled
/// one after the other on a node, each once.
/// Source: Kubernetes v1.36 NodeResourcesFit (LeastAllocated), the kubelet's serialize-image-pulls;
/// cluster-autoscaler FAQ (scale-down-unneeded-time, scale-down-delay-after-add, both 10 min).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"

namespace lagsim::models {

class NodePool {
  public:
    using Node = std::int32_t;  ///< running number, never used again

    struct Parameters {
        std::int32_t count = 1;  ///< nodes at the start, and the fewest after a scale-down
        std::int32_t max = 1;
        std::int32_t pods_per_node = 1;
        std::int32_t images = 1;  ///< one a Deployment; the first nodes have them all
        core::Duration scale_down_after{0};
    };

    explicit NodePool(const Parameters& parameters);

    /// A place for one more pod; none = it fits nowhere.
    [[nodiscard]] std::optional<Node> place();
    /// One of its pods is gone. True: the node was only waiting for that and can be removed.
    bool release(Node node, core::Instant now);

    /// Nodes to ask the cloud for, so that `pending` pods that fit nowhere find room; those on
    /// their way count.
    [[nodiscard]] std::int32_t missing(std::int32_t pending) const;
    [[nodiscard]] Node request(core::Instant now);
    /// The requested node is there.
    void join(Node node, core::Instant now);
    /// Nodes that the autoscaler gives back now, the newest first.
    [[nodiscard]] std::vector<Node> idle(core::Instant now) const;

    /// Takes no further pods.
    void cordon(Node node) { at(node).state = State::cordoned; }
    /// Takes no further pods, and goes with its last one.
    void drain(Node node) { at(node).state = State::draining; }
    void remove(Node node) { at(node).state = State::gone; }

    struct Pull {
        core::Instant done;
        bool begins = false;  ///< this call began it
    };
    /// When `image` is on the node, whose pull would take `time`.
    [[nodiscard]] Pull pull(Node node, std::int32_t image, core::Duration time, core::Instant now);

    [[nodiscard]] bool takes_pods(Node node) const { return at(node).state == State::ready; }
    [[nodiscard]] bool exists(Node node) const { return at(node).state != State::gone; }
    [[nodiscard]] std::int32_t pods(Node node) const { return at(node).pods; }
    /// Nodes ever; their numbers are below it.
    [[nodiscard]] Node size() const { return static_cast<Node>(nodes_.size()); }

  private:
    enum class State : std::uint8_t { requested, ready, cordoned, draining, gone };
    struct Entry {
        State state = State::requested;
        std::int32_t pods = 0;
        core::Instant empty_since;
        core::Instant pulls_done;
        std::vector<std::optional<core::Instant>> images;  ///< when each is, or will be, there
    };
    [[nodiscard]] Entry& at(Node node) { return nodes_[static_cast<std::size_t>(node)]; }
    [[nodiscard]] const Entry& at(Node node) const {
        return nodes_[static_cast<std::size_t>(node)];
    }
    [[nodiscard]] std::int32_t existing() const;

    Parameters parameters_;
    std::vector<Entry> nodes_;
    std::optional<core::Instant> last_request_;
};

}  // namespace lagsim::models
