#include "production/worker/command_handler.h"

#include <array>
#include <cerrno>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lagsim::production {

namespace {

/// A running program with both ends of its pipes; gone with this object.
class Child {
  public:
    explicit Child(const std::vector<std::string>& words) {
        std::array<int, 2> in{-1, -1};
        std::array<int, 2> out{-1, -1};
        if (pipe2(in.data(), O_CLOEXEC) != 0) {
            return;
        }
        if (pipe2(out.data(), O_CLOEXEC) != 0) {
            close(in[0]);
            close(in[1]);
            return;
        }
        std::vector<char*> arguments;
        for (const std::string& word : words) {
            arguments.push_back(const_cast<char*>(word.c_str()));
        }
        arguments.push_back(nullptr);
        id_ = fork();
        if (id_ == 0) {
            // Signals for the worker are not for its handlers: they finish what is in hand.
            setpgid(0, 0);
            signal(SIGPIPE, SIG_DFL);
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
            dup2(in[0], STDIN_FILENO);
            dup2(out[1], STDOUT_FILENO);
            execvp(arguments[0], arguments.data());
            _exit(127);
        }
        close(in[0]);
        close(out[1]);
        to_ = in[1];
        from_ = out[0];
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        close(to_);
        close(from_);
        if (id_ > 0) {
            kill(id_, SIGKILL);
            waitpid(id_, nullptr, 0);
        }
    }

    [[nodiscard]] bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = write(to_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }
    /// Without its line feed; nothing if the program has ended.
    [[nodiscard]] std::optional<std::string> read_line() {
        for (;;) {
            if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
                std::string line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return line;
            }
            std::array<char, 4096> bytes{};
            const ssize_t count = read(from_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count <= 0) {
                return std::nullopt;
            }
            buffer_.append(bytes.data(), static_cast<std::size_t>(count));
        }
    }

  private:
    pid_t id_ = -1;
    int to_ = -1;
    int from_ = -1;
    std::string buffer_;
};

class CommandHandler : public Handler {
  public:
    explicit CommandHandler(std::vector<std::string> words) : words_(std::move(words)) {}

    std::expected<void, std::string> handle(const RecordView& record) override {
        if (!child_) {
            child_ = std::make_unique<Child>(words_);
        }
        if (!child_->send(request(record))) {
            return fail("the program does not read its input");
        }
        const std::optional<std::string> answer = child_->read_line();
        if (!answer) {
            return fail("the program has ended");
        }
        if (*answer == "ok") {
            return {};
        }
        if (answer->starts_with("fail")) {
            return std::unexpected(answer->size() > 5 ? answer->substr(5) : "failed");
        }
        return fail("the program answered neither ok nor fail");
    }

  private:
    /// The next record gets a program that has not lost its place.
    std::expected<void, std::string> fail(const char* reason) {
        child_.reset();
        return std::unexpected(std::string(reason));
    }

    static std::string request(const RecordView& record) {
        const auto size = [](const std::optional<std::string_view>& bytes) {
            return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
        };
        const nlohmann::ordered_json head{
            {"topic", record.topic},           {"partition", record.partition},
            {"offset", record.offset},         {"timestamp_ms", record.timestamp_ms},
            {"attempt", record.attempt},       {"key_size", size(record.key)},
            {"value_size", size(record.value)}};
        std::string text = head.dump() + "\n";
        text += record.key.value_or("");
        text += record.value.value_or("");
        text += '\n';
        return text;
    }

    std::vector<std::string> words_;
    std::unique_ptr<Child> child_;
};

}  // namespace

std::expected<HandlerFactory, std::string> command_handlers(const std::string& spec) {
    std::istringstream stream(spec);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    if (words.empty()) {
        return std::unexpected("command: names no program");
    }
    signal(SIGPIPE, SIG_IGN);  // A program that has ended fails its record, not the worker.
    return [words]() -> std::expected<std::unique_ptr<Handler>, std::string> {
        return std::make_unique<CommandHandler>(words);
    };
}

}  // namespace lagsim::production
