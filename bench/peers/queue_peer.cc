// 24 M/M/1 queues on a plain event calendar: what a simulator costs that schedules every arrival
// and every completion.
//
// usage: queue_peer RECORDS; prints how many were done and their mean sojourn in service times.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "bench/peers/draw.h"

namespace {

using lagsim::bench::Draw;
using lagsim::bench::mean_gap;
using lagsim::bench::queues;

struct Event {
    double time = 0.0;
    int queue = 0;
    bool arrival = true;
    bool operator>(const Event& other) const { return time > other.time; }
};

}  // namespace

int main(int argc, char** argv) {
    const long records = argc > 1 ? std::atol(argv[1]) : 240'000;
    Draw draw(1);
    std::priority_queue<Event, std::vector<Event>, std::greater<>> calendar;
    std::vector<std::deque<double>> waiting(queues);  // arrival times, the one served in front
    for (int queue = 0; queue < queues; ++queue) {
        calendar.push({draw.exponential() * mean_gap, queue, true});
    }
    double sojourn = 0.0;
    for (long done = 0; done < records;) {
        const Event event = calendar.top();
        calendar.pop();
        std::deque<double>& line = waiting[static_cast<std::size_t>(event.queue)];
        if (event.arrival) {
            calendar.push({event.time + draw.exponential() * mean_gap, event.queue, true});
            line.push_back(event.time);
        } else {
            sojourn += event.time - line.front();
            line.pop_front();
            ++done;
        }
        const bool starts = event.arrival ? line.size() == 1 : !line.empty();
        if (starts) {
            calendar.push({event.time + draw.exponential(), event.queue, false});
        }
    }
    std::printf("%ld %.6f\n", records, sojourn / static_cast<double>(records));
}
