/// Replays every vector below a folder and prints the names of those that diverge: the judge of a
/// mutant.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "sim/autoscale/replay.h"

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : fs::recursive_directory_iterator(argv[i])) {
            if (entry.path().extension() == ".json") {
                files.push_back(entry.path());
            }
        }
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        const auto result = lagsim::sim::replay_vector(text.str(), file.string());
        if (!result || result->diverged.value_or(true)) {
            std::cout << file.parent_path().filename().string() << '/' << file.stem().string()
                      << '\n';
        }
    }
    return 0;
}
