// 24 M/M/1 queues in SimGrid (S4U): a source actor and a server actor each, a semaphore between
// them. A service time is a second.
//
// usage: simgrid_peer RECORDS; prints how many were done and their mean sojourn in service times.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include <simgrid/s4u.hpp>

#include "bench/peers/draw.h"

namespace {

namespace sg4 = simgrid::s4u;
using lagsim::bench::Draw;

struct Queue {
    std::deque<double> waiting;  // arrival times
    sg4::SemaphorePtr arrived = sg4::Semaphore::create(0);
};

}  // namespace

int main(int argc, char** argv) {
    sg4::Engine engine(&argc, argv);
    const long records = argc > 1 ? std::atol(argv[1]) : 240'000;
    auto* zone = sg4::create_full_zone("all");
    auto* host = zone->create_host("host", 1e9);
    zone->seal();
    Draw draw(1);
    long done = 0;
    double sojourn = 0.0;
    std::vector<Queue> all(lagsim::bench::queues);
    for (Queue& queue : all) {
        sg4::Actor::create("source", host, [&] {
            while (done < records) {
                sg4::this_actor::sleep_for(draw.exponential() * lagsim::bench::mean_gap);
                queue.waiting.push_back(sg4::Engine::get_clock());
                queue.arrived->release();
            }
        });
        sg4::Actor::create("server", host, [&] {
            while (done < records) {
                queue.arrived->acquire();
                sg4::this_actor::sleep_for(draw.exponential());
                if (done < records) {
                    sojourn += sg4::Engine::get_clock() - queue.waiting.front();
                    ++done;
                }
                queue.waiting.pop_front();
            }
        })->daemonize();
    }
    engine.run();
    std::printf("%ld %.6f\n", done, sojourn / static_cast<double>(done));
}
