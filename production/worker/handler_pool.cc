#include "production/worker/handler_pool.h"

#include <utility>

namespace lagsim::production {

HandlerPool::HandlerPool(HandlerFactory factory, std::function<void()> wake)
    : factory_(std::move(factory)), wake_(std::move(wake)) {}

HandlerPool::~HandlerPool() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    submitted_.notify_all();
}

void HandlerPool::submit(HandlerTask task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        ++unfinished_;
        if (unfinished_ > threads_.size()) {
            threads_.emplace_back([this] { work(); });
        }
    }
    submitted_.notify_one();
}

std::vector<HandlerResult> HandlerPool::take_results() {
    const std::lock_guard lock(mutex_);
    return std::exchange(results_, {});
}

std::size_t HandlerPool::busy() {
    const std::lock_guard lock(mutex_);
    return unfinished_;
}

void HandlerPool::work() {
    std::unique_ptr<Handler> handler;
    std::unique_lock lock(mutex_);
    for (;;) {
        submitted_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) {
            return;
        }
        const HandlerTask task = std::move(tasks_.front());
        tasks_.pop_front();
        lock.unlock();
        HandlerResult result{task.id, false, {}};
        if (!handler) {
            auto made = factory_();
            result.reason = made ? "" : made.error();
            handler = made ? std::move(*made) : nullptr;
        }
        if (handler) {
            const auto answer = handler->handle(task.record);
            result.success = answer.has_value();
            result.reason = answer ? "" : answer.error();
        }
        lock.lock();
        --unfinished_;
        results_.push_back(std::move(result));
        if (results_.size() == 1) {
            wake_();
        }
    }
}

}  // namespace lagsim::production
