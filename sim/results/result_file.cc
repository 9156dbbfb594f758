#include "sim/results/result_file.h"

#include <cstring>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "sim/results/hdf5_driver.h"
#include "sim/results/hdf5_writer.h"
#include "sim/results/partial_file.h"
#include "sim/results/result_tables.h"

namespace lagsim::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t schema_version = 1;

/// The tables of one file; created with the first replication, which knows the sample times.
struct Tables {
    Tables(H5::H5File& file, const Scenario& scenario, const std::string& version,
           const std::vector<core::Instant>& sample_times)
        : Tables(file, scenario, version, table_shape(scenario, sample_times)) {}

    void add(const ReplicationResult& result) {
        series.add(result);
        events.add(result);
        decisions.add(result);
        histograms.add(result);
        ledger.add(result);
        provenance.add(result);
    }

    ProvenanceTable provenance;
    SeriesTable series;
    EventTable events;
    DecisionTable decisions;
    HistogramTable histograms;
    LedgerTable ledger;

  private:
    Tables(H5::H5File& file, const Scenario& scenario, const std::string& version,
           const TableShape& shape)
        : provenance(file, scenario, version),
          series(file, shape),
          events(file),
          decisions(file),
          histograms(file, shape),
          ledger(file, shape) {}
};

}  // namespace

class ResultFile::Writer {
  public:
    Writer(std::string path, const Scenario& scenario, std::string version)
        : path_(std::move(path)),
          partial_(path_ + ".partial"),
          scenario_(scenario),
          version_(std::move(version)) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        if (owns_partial_) {
            abandon();
        }
    }

    std::expected<void, std::string> create() {
        return guarded([&] {
            file_ = hdf5::create_file(partial_);
            owns_partial_ = true;
            const H5::Group root = file_.openGroup("/");
            hdf5::set_attribute(root, "Conventions", std::string("CF-1.10"));
            hdf5::set_attribute(root, "title", scenario_.name);
            hdf5::set_attribute(root, "source", "lagsim " + version_);
            hdf5::set_attribute(root, "history", "written by lagsim run");
            hdf5::set_attribute(root, "lagsim_filetype", std::string("results"));
            hdf5::set_attribute(root, "schema_version", schema_version);
            hdf5::set_attribute(root, "lagsim_version", version_);
            const bool is_flow = scenario_.resolution == Resolution::flow;
            hdf5::set_attribute(root, "resolution", std::string(is_flow ? "flow" : "exact"));
            hdf5::set_attribute(root, "seed", scenario_.seed);
            hdf5::set_attribute(root, "seed_text", fmt::format("{}", scenario_.seed));
            hdf5::set_attribute(root, "complete", std::int32_t{0});
            file_.flush(H5F_SCOPE_GLOBAL);
        });
    }

    std::expected<void, std::string> add(const ReplicationResult& result) {
        return guarded([&] {
            if (!tables_) {
                tables_.emplace(file_, scenario_, version_, result.sample_times);
            }
            tables_->add(result);
            file_.flush(H5F_SCOPE_GLOBAL);
        });
    }

    std::expected<void, std::string> finish(const Summary& summary) {
        auto written = guarded([&] {
            if (!tables_) {
                tables_.emplace(file_, scenario_, version_, std::vector<core::Instant>());
            }
            tables_->histograms.finish();
            write_summary(file_, summary.metrics());
            const std::int32_t yes = 1;
            file_.openGroup("/").openAttribute("complete").write(H5::PredType::NATIVE_INT32, &yes);
            file_.flush(H5F_SCOPE_GLOBAL);
        });
        if (!written) {
            return written;
        }
        // Everything is flushed: closing only lets go.
        tables_.reset();
        file_ = H5::H5File();
        if (auto named = give_name(partial_, path_); !named) {
            return named;
        }
        owns_partial_ = false;
        return {};
    }

  private:
    template <class Work>
    std::expected<void, std::string> guarded(Work work) {
        hdf5::record_errors();
        try {
            work();
            const int error = hdf5::write_error(file_);
            return error == 0 ? std::expected<void, std::string>()
                              : std::unexpected(cannot_write(path_, std::strerror(error)));
        } catch (const H5::Exception& error) {
            return std::unexpected(cannot_write(path_, hdf5::error_text(error)));
        } catch (const std::exception& error) {
            return std::unexpected(cannot_write(path_, error.what()));
        }
    }

    /// Nothing of the file is wanted: its name goes, and what the library still holds for it goes
    /// nowhere.
    void abandon() {
        std::error_code ignored;
        fs::remove(partial_, ignored);
        hdf5::record_errors();
        hdf5::drop_writes(file_);
        tables_.reset();
        file_ = H5::H5File();
    }

    std::string path_;
    std::string partial_;
    const Scenario& scenario_;
    std::string version_;
    bool owns_partial_ = false;
    H5::H5File file_;
    std::optional<Tables> tables_;
};

ResultFile::ResultFile(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}
ResultFile::ResultFile(ResultFile&&) noexcept = default;
ResultFile& ResultFile::operator=(ResultFile&&) noexcept = default;
ResultFile::~ResultFile() = default;

std::expected<ResultFile, std::string> ResultFile::create(const std::string& path,
                                                          const Scenario& scenario,
                                                          const std::string& version) {
    if (const std::string why = unusable_output(path); !why.empty()) {
        return std::unexpected(why);
    }
    auto writer = std::make_unique<Writer>(path, scenario, version);
    if (auto created = writer->create(); !created) {
        return std::unexpected(created.error());
    }
    return ResultFile(std::move(writer));
}

std::expected<void, std::string> ResultFile::add(const ReplicationResult& result) {
    return writer_->add(result);
}

std::expected<void, std::string> ResultFile::finish(const Summary& summary) {
    return writer_->finish(summary);
}

std::string unusable_output(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) {
        return fmt::format("cannot write {}: it is a directory; add a file name, e.g. {}/run.h5",
                           path, path);
    }
    // A rename would replace the device itself: /dev/null would be gone.
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        return fmt::format("cannot write {}: it is not a regular file; choose another name", path);
    }
    const fs::path parent = fs::path(path).parent_path();
    if (!parent.empty() && !fs::is_directory(parent, error)) {
        return fmt::format("cannot write {}: there is no directory {}; create it first", path,
                           parent.string());
    }
    return {};
}

}  // namespace lagsim::sim
