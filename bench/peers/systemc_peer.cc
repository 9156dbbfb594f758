// 24 M/M/1 queues in SystemC: a source and a server each, both SC_METHODs (callbacks, SystemC's
// cheapest processes). A service time is a microsecond, a million of the kernel's picoseconds.
//
// usage: systemc_peer RECORDS; prints how many were done and their mean sojourn in service times.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "bench/peers/draw.h"

namespace {

using lagsim::bench::Draw;
using sc_core::sc_time;
using sc_core::SC_US;

struct Tally {
    long wanted = 0;
    long done = 0;
    double sojourn = 0.0;
};

class Queue : public sc_core::sc_module {
  public:
    SC_HAS_PROCESS(Queue);
    Queue(sc_core::sc_module_name name, Draw& draw, Tally& tally)
        : sc_module(name), draw_(draw), tally_(tally) {
        SC_METHOD(arrive);
        SC_METHOD(complete);
        sensitive << finished_;
        dont_initialize();
    }

  private:
    void arrive() {
        if (started_) {
            waiting_.push_back(now());
            if (waiting_.size() == 1) {
                serve();
            }
        }
        started_ = true;
        next_trigger(sc_time(draw_.exponential() * lagsim::bench::mean_gap, SC_US));
    }

    void complete() {
        tally_.sojourn += now() - waiting_.front();
        waiting_.pop_front();
        if (++tally_.done == tally_.wanted) {
            sc_core::sc_stop();
        }
        if (!waiting_.empty()) {
            serve();
        }
    }

    void serve() { finished_.notify(sc_time(draw_.exponential(), SC_US)); }
    /// In service times.
    static double now() { return static_cast<double>(sc_core::sc_time_stamp().value()) * 1e-6; }

    Draw& draw_;
    Tally& tally_;
    sc_core::sc_event finished_;
    std::deque<double> waiting_;
    bool started_ = false;
};

}  // namespace

int sc_main(int argc, char** argv) {
    Draw draw(1);
    Tally tally;
    tally.wanted = argc > 1 ? std::atol(argv[1]) : 240'000;
    std::vector<std::unique_ptr<Queue>> all;
    for (int i = 0; i < lagsim::bench::queues; ++i) {
        const std::string name = "queue" + std::to_string(i);
        all.push_back(std::make_unique<Queue>(name.c_str(), draw, tally));
    }
    sc_core::sc_start();
    std::printf("%ld %.6f\n", tally.done, tally.sojourn / static_cast<double>(tally.done));
    return 0;
}
