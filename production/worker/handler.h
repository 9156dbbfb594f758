/// What a record is given to: a plug, one instance a handler thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lagsim::production {

/// A record as handlers see it; views into the client's memory, valid during the call.
struct RecordView {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = -1;
    std::int64_t attempt = 1;  ///< 1 = first under this owner of the partition
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
};

class Handler {
  public:
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;
    /// Processes the record, or says why this attempt failed. Does not throw.
    [[nodiscard]] virtual std::expected<void, std::string> handle(const RecordView& record) = 0;
};

/// Makes the handler of one more thread.
using HandlerFactory = std::function<std::expected<std::unique_ptr<Handler>, std::string>()>;

/// `work:5ms[,transient=P][,poison=P]`, `library:PATH[,ARGUMENT]` or `command:PROGRAM [WORD ...]`;
/// the second is what is wrong with it. See production/README.md.
[[nodiscard]] std::expected<HandlerFactory, std::string> handler_factory(const std::string& spec);

}  // namespace lagsim::production
