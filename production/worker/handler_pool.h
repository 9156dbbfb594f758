/// Threads that handle records, as many as are in hand at once; each has a handler of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "production/worker/handler.h"
#include "production/worker/worker_events.h"

namespace lagsim::production {

/// One attempt: `message` keeps the memory that `record` looks into.
struct HandlerTask {
    InHandId id;
    RecordView record;
    std::shared_ptr<const void> message;
};

struct HandlerResult {
    InHandId id;
    bool success = false;
    std::string reason;  ///< of a failure
};

class HandlerPool {
  public:
    /// `wake` is called, on a handler's thread, when a result is there and none was.
    HandlerPool(HandlerFactory factory, std::function<void()> wake);
    HandlerPool(const HandlerPool&) = delete;
    HandlerPool& operator=(const HandlerPool&) = delete;
    /// Waits for the handlers in hand.
    ~HandlerPool();

    void submit(HandlerTask task);
    /// What has been handled since the last call, in order of completion.
    [[nodiscard]] std::vector<HandlerResult> take_results();
    [[nodiscard]] std::size_t busy();

  private:
    void work();

    HandlerFactory factory_;
    std::function<void()> wake_;
    std::mutex mutex_;
    std::condition_variable submitted_;
    std::deque<HandlerTask> tasks_;
    std::vector<HandlerResult> results_;
    std::vector<std::jthread> threads_;
    std::size_t unfinished_ = 0;  ///< submitted and without a result
    bool ending_ = false;
};

}  // namespace lagsim::production
