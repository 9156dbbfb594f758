#include "production/worker/library_handler.h"

#include <algorithm>
#include <array>

#include <dlfcn.h>

#include "production/worker/handler_abi.h"

namespace lagsim::production {

namespace {

/// The library's functions; it stays loaded until the process ends, since its threads may outlive
/// us.
struct Functions {
    lagsim_open_function open = nullptr;
    lagsim_handle_function handle = nullptr;
    lagsim_close_function close = nullptr;
};

template <class Function>
Function symbol(void* library, const char* name) {
    return reinterpret_cast<Function>(dlsym(library, name));
}

class LibraryHandler : public Handler {
  public:
    LibraryHandler(const Functions& functions, void* state)
        : functions_(functions), state_(state) {}
    ~LibraryHandler() override {
        if (functions_.close != nullptr) {
            functions_.close(state_);
        }
    }
    std::expected<void, std::string> handle(const RecordView& record) override {
        const std::string topic(record.topic);
        const lagsim_record given{
            .topic = topic.c_str(),
            .offset = record.offset,
            .timestamp_ms = record.timestamp_ms,
            .attempt = record.attempt,
            .key = record.key ? record.key->data() : nullptr,
            .key_size = record.key ? record.key->size() : 0,
            .value = record.value ? record.value->data() : nullptr,
            .value_size = record.value ? record.value->size() : 0,
            .partition = record.partition,
            .abi = LAGSIM_HANDLER_ABI,
        };
        std::array<char, 512> reason{};
        if (functions_.handle(state_, &given, reason.data(), reason.size()) == 0) {
            return {};
        }
        reason.back() = '\0';
        return std::unexpected(std::string(reason.data()));
    }

  private:
    Functions functions_;
    void* state_;
};

}  // namespace

std::expected<HandlerFactory, std::string> library_handlers(const std::string& spec) {
    const std::size_t comma = std::min(spec.find(','), spec.size());
    const std::string path = spec.substr(0, comma);
    const std::string argument = comma < spec.size() ? spec.substr(comma + 1) : "";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return std::unexpected(std::string(dlerror()));
    }
    const Functions functions{symbol<lagsim_open_function>(library, "lagsim_open"),
                              symbol<lagsim_handle_function>(library, "lagsim_handle"),
                              symbol<lagsim_close_function>(library, "lagsim_close")};
    if (functions.handle == nullptr) {
        return std::unexpected(path + " does not export lagsim_handle");
    }
    return [functions, argument]() -> std::expected<std::unique_ptr<Handler>, std::string> {
        void* state = nullptr;
        if (functions.open != nullptr) {
            std::array<char, 512> reason{};
            state = functions.open(argument.c_str(), reason.data(), reason.size());
            if (state == nullptr) {
                reason.back() = '\0';
                return std::unexpected("lagsim_open: " + std::string(reason.data()));
            }
        }
        return std::make_unique<LibraryHandler>(functions, state);
    };
}

}  // namespace lagsim::production
