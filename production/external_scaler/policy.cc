#include "production/external_scaler/policy.h"

#include <algorithm>
#include <cctype>

#include <dlfcn.h>

namespace lagsim::production {
namespace {

bool is_word(const std::string& name) {
    return !name.empty() && std::ranges::all_of(name, [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '-' || letter == '_';
    });
}

}  // namespace

std::expected<lagsim_policy_function, std::string> PolicyFolder::find(const std::string& name) {
    if (folder_.empty()) {
        return std::unexpected("policy '" + name +
                               "' is asked for, but the scaler runs without --policies");
    }
    if (!is_word(name)) {
        return std::unexpected("policy '" + name + "' is no name: letters, digits, '-' and '_'");
    }
    const std::lock_guard lock(mutex_);
    if (const auto found = loaded_.find(name); found != loaded_.end()) {
        return found->second;
    }
    const std::string path = folder_ + "/" + name + ".so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return std::unexpected(std::string("cannot load policy: ") + dlerror());
    }
    // A function pointer out of a void*: POSIX says that this works.
    const auto function = reinterpret_cast<lagsim_policy_function>(dlsym(library, "lagsim_policy"));
    if (function == nullptr) {
        dlclose(library);
        return std::unexpected(path + " has no function lagsim_policy");
    }
    loaded_.emplace(name, function);
    return function;
}

}  // namespace lagsim::production
