#include "sim/study/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace lagsim::sim {
namespace {

constexpr std::chrono::milliseconds progress_period{200};

/// Everything that the threads share; the caller's thread consumes.
class Pool {
  public:
    explicit Pool(const RunnerPlan& plan) : plan_(plan) {
        const unsigned threads = std::clamp(plan.jobs, 1U, std::max(1U, plan.units));
        // Results that wait for an earlier one cost memory: no thread runs further ahead.
        window_ = 2 * threads;
        for (unsigned i = 0; i < threads; ++i) {
            threads_.emplace_back([this] { serve(); });
        }
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        control_.stop = true;
        changed_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

    std::expected<RunnerOutcome, std::string> consume_all() {
        while (true) {
            std::optional<ReplicationResult> result = wait_for_next();
            report_progress(false);
            if (result) {
                if (auto consumed = plan_.consume(*result); !consumed) {
                    return std::unexpected(consumed.error());
                }
                const std::lock_guard lock(mutex_);
                ++consumed_;
                changed_.notify_all();
                continue;
            }
            const std::lock_guard lock(mutex_);
            if (!error_.empty()) {
                return std::unexpected(error_);
            }
            if (consumed_ == plan_.units || drained()) {
                break;
            }
        }
        report_progress(true);
        return RunnerOutcome{.finished = consumed_, .interrupted = consumed_ < plan_.units};
    }

  private:
    void serve() {
        std::uint32_t index = 0;
        while (take_index(index)) {
            try {
                finish(index, plan_.work(index, control_));
            } catch (const std::exception& error) {
                fail(error.what());
            } catch (...) {
                fail("an exception of unknown type");
            }
        }
    }

    bool take_index(std::uint32_t& index) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || next_ < consumed_ + window_; });
        if (closed_ || next_ >= plan_.units) {
            return false;
        }
        index = next_++;
        ++running_;
        return true;
    }

    void finish(std::uint32_t index, std::expected<ReplicationResult, RunError> result) {
        const std::lock_guard lock(mutex_);
        --running_;
        if (result) {
            ready_.emplace(index, std::move(*result));
        }
        changed_.notify_all();
    }

    void fail(const std::string& message) {
        const std::lock_guard lock(mutex_);
        --running_;
        closed_ = true;
        if (error_.empty()) {
            error_ = message;
        }
        changed_.notify_all();
    }

    /// Nothing more will come: stopped, no thread works, and the next in line is not there.
    [[nodiscard]] bool drained() const {
        return closed_ && running_ == 0 && !ready_.contains(consumed_);
    }

    std::optional<ReplicationResult> wait_for_next() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, progress_period, [this] {
            return ready_.contains(consumed_) || !error_.empty() || consumed_ == plan_.units ||
                   drained();
        });
        const int interrupts = plan_.interrupts != nullptr ? plan_.interrupts->load() : 0;
        if (interrupts > 0 && !closed_) {
            closed_ = true;
            changed_.notify_all();
        }
        if (interrupts > 1) {
            control_.stop = true;
        }
        const auto found = ready_.find(consumed_);
        if (found == ready_.end()) {
            return std::nullopt;
        }
        std::optional<ReplicationResult> result(std::move(found->second));
        ready_.erase(found);
        return result;
    }

    void report_progress(bool last) {
        const auto now = std::chrono::steady_clock::now();
        if (!plan_.progress || (!last && now - reported_ < progress_period)) {
            return;
        }
        reported_ = now;
        plan_.progress(
            {.simulated_seconds = static_cast<double>(control_.simulated_ns.load()) * 1e-9,
             .total_seconds = plan_.unit_seconds * plan_.units,
             .finished = consumed_,
             .total = plan_.units});
    }

    const RunnerPlan& plan_;
    RunControl control_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint32_t, ReplicationResult> ready_;
    std::uint32_t next_ = 0;
    std::uint32_t consumed_ = 0;  ///< written by the caller's thread only
    std::uint32_t running_ = 0;
    std::uint32_t window_ = 2;
    bool closed_ = false;
    std::string error_;
    std::chrono::steady_clock::time_point reported_ = std::chrono::steady_clock::now();
    std::vector<std::thread> threads_;
};

}  // namespace

std::expected<RunnerOutcome, std::string> run_units(const RunnerPlan& plan) {
    return Pool(plan).consume_all();
}

}  // namespace lagsim::sim
