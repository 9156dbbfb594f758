/// Loads policies (policy_abi.h) from a folder, each once.
#pragma once

#include <expected>
#include <map>
#include <mutex>
#include <string>

#include "production/external_scaler/policy_abi.h"

namespace lagsim::production {

class PolicyFolder {
  public:
    /// `folder` empty: there are no policies.
    explicit PolicyFolder(std::string folder) : folder_(std::move(folder)) {}

    /// `name` is a word of letters, digits, '-' and '_': nothing outside the folder can be loaded.
    /// The error says what is wrong in a sentence.
    [[nodiscard]] std::expected<lagsim_policy_function, std::string> find(const std::string& name);

  private:
    std::string folder_;
    std::mutex mutex_;
    std::map<std::string, lagsim_policy_function> loaded_;
};

}  // namespace lagsim::production
