// The state x event table in docs/models/consumer-group.md is printed from the table that runs.
#include <array>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "models/group/classic_states.h"
#include "tree_paths.h"

namespace lagsim::models {
namespace {

constexpr std::array states{
    std::pair{GroupState::empty, "empty"},
    std::pair{GroupState::preparing_rebalance, "preparing"},
    std::pair{GroupState::completing_rebalance, "completing"},
    std::pair{GroupState::stable, "stable"},
};
constexpr std::array events{
    std::pair{GroupEvent::member_joins, "a member joins"},
    std::pair{GroupEvent::known_returns, "one returns unchanged"},
    std::pair{GroupEvent::member_gone, "a member is gone"},
    std::pair{GroupEvent::last_gone, "the last one is gone"},
    std::pair{GroupEvent::all_joined, "all have joined"},
    std::pair{GroupEvent::window_passed, "initial delay over"},
    std::pair{GroupEvent::join_timed_out, "rebalance timeout over"},
    std::pair{GroupEvent::leader_synced, "leader has synced"},
};
constexpr std::array actions{
    std::pair{GroupAction::none, "nothing"},
    std::pair{GroupAction::begin_initial_delay, "initial delay begins"},
    std::pair{GroupAction::begin_join_phase, "join phase begins"},
    std::pair{GroupAction::begin_again, "join phase begins again"},
    std::pair{GroupAction::complete_join, "generation + 1"},
    std::pair{GroupAction::drop_late_members, "the late are out, generation + 1"},
    std::pair{GroupAction::hand_out, "partitions handed out"},
    std::pair{GroupAction::hand_back, "it has its partitions back"},
    std::pair{GroupAction::forget, "timers stop"},
};

template <class Table, class Key>
std::string name_of(const Table& table, Key key) {
    for (const auto& [known, name] : table) {
        if (known == key) {
            return name;
        }
    }
    return "?";
}

std::string table() {
    std::ostringstream out;
    out << "| event |";
    for (const auto& [state, name] : states) {
        out << " in *" << name << "* |";
    }
    out << "\n|---|---|---|---|---|\n";
    for (const auto& [event, event_name] : events) {
        out << "| " << event_name << " |";
        for (const auto& [state, state_name] : states) {
            const GroupTransition* const row = transition_of(state, event);
            if (row == nullptr) {
                out << " – |";
            } else {
                out << ' ' << name_of(actions, row->action) << " → *" << name_of(states, row->to)
                    << "* |";
            }
        }
        out << '\n';
    }
    return out.str();
}

std::string diagram() {
    std::ostringstream out;
    out << "```mermaid\nstateDiagram-v2\n    [*] --> empty\n";
    for (const GroupTransition& row : group_transitions) {
        if (row.from != row.to) {
            out << "    " << name_of(states, row.from) << " --> " << name_of(states, row.to) << ": "
                << name_of(events, row.event) << '\n';
        }
    }
    out << "```\n";
    return out.str();
}

TEST(ConsumerGroupPage, ShowsTheTableThatRuns) {
    const std::string begin = "<!-- generated: group states -->\n";
    const std::string end = "<!-- end of generated -->\n";
    const std::string expected = table() + "\n" + diagram();

    std::ifstream file(std::string{LAGSIM_SOURCE_DIR} + "/docs/models/consumer-group.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string page = text.str();
    const std::size_t from = page.find(begin);
    const std::size_t to = page.find(end);

    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), expected)
        << "The block between the two comments must be:\n"
        << expected;
}

TEST(GroupTransitions, HaveOneRowForAStateAndAnEventAtMost) {
    for (const GroupTransition& row : group_transitions) {
        EXPECT_EQ(transition_of(row.from, row.event), &row);
    }
}

}  // namespace
}  // namespace lagsim::models
