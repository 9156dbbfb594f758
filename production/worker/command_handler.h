/// A handler that is a program: records on its standard input, answers on its standard output.
#pragma once

#include <expected>
#include <string>

#include "production/worker/handler.h"

namespace lagsim::production {

/// "PROGRAM [WORD ...]", words between blanks, started once a thread; started again after it has
/// ended. For each record it reads one line of JSON,
///     {"topic":"t","partition":0,"offset":7,"timestamp_ms":0,"attempt":1,"key_size":1,"value_size":5}
/// (a size of -1: none), then exactly key_size + value_size bytes and a line feed, and answers with
/// one line: `ok`, or `fail` and a reason. A program that ends or answers something else has failed
/// the attempt.
[[nodiscard]] std::expected<HandlerFactory, std::string> command_handlers(const std::string& spec);

}  // namespace lagsim::production
