#include "sim/scenario/yaml_reader.h"

#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "sim/scenario/yaml_writer.h"
#include "tests/sim/scenario/reading.h"

namespace lagsim::sim {
namespace {

struct Outcome {
    std::vector<YamlNode> documents;
    std::vector<std::string> complaints;
    std::string rendered;
};

Outcome parse(const std::string& text) {
    // Nodes point into their source: it must outlive them.
    static Sources sources;
    Report report;
    Outcome outcome;
    outcome.documents = parse_yaml(add_source(sources, "x", "", text), report);
    outcome.complaints = short_forms(report.sorted());
    outcome.rendered = render_diagnostics(report.sorted());
    return outcome;
}

using Complaints = std::vector<std::string>;

TEST(YamlReader, PlacesCountFromOneInCharacters) {
    const Outcome outcome = parse("a: 1\n\u00E9\u00FC: {b: 2}\n");

    const YamlEntry& entry = outcome.documents.at(0).entries.at(1);
    EXPECT_EQ(entry.mark.line, 2);
    EXPECT_EQ(entry.mark.column, 1);
    EXPECT_EQ(entry.value.mark.column, 5);
    EXPECT_EQ(entry.value.find_entry("b")->mark.column, 6);
}

TEST(YamlReader, RefusesDuplicateKeysNamingBothPlaces) {
    const Outcome outcome = parse("a: 1\nb: 2\na: 3\n");

    EXPECT_EQ(outcome.complaints, Complaints{"3:1 duplicate-key"});
    EXPECT_NE(outcome.rendered.find("'a' is already set at 1:1"), std::string::npos);
}

TEST(YamlReader, RefusesMergeKeys) {
    EXPECT_EQ(parse("a: &x {b: 1}\nc:\n  <<: *x\n").complaints, Complaints{"3:3 merge-key"});
}

TEST(YamlReader, ScalarsStayText) {
    const Outcome outcome = parse("[010, NO, 1e3, 12:30:45, \"5\", 'x', 18446744073709551615]");

    const auto& items = outcome.documents.at(0).items;
    EXPECT_EQ(items[0].text, "010");
    EXPECT_EQ(items[1].text, "NO");
    EXPECT_EQ(items[2].text, "1e3");
    EXPECT_EQ(items[3].text, "12:30:45");
    EXPECT_FALSE(items[0].quoted);
    EXPECT_TRUE(items[4].quoted);
    EXPECT_TRUE(items[5].quoted);
}

TEST(YamlReader, NullsAreNullsUnlessQuoted) {
    const Outcome outcome = parse("[~, null, \"null\", '', a]");

    const auto& items = outcome.documents.at(0).items;
    EXPECT_TRUE(items[0].is_null());
    EXPECT_TRUE(items[1].is_null());
    EXPECT_TRUE(items[2].is_scalar());
    EXPECT_TRUE(items[3].is_scalar());
}

TEST(YamlReader, SyntaxErrorsHaveAPlaceAndPlainWords) {
    EXPECT_EQ(parse("a: [1, 2\n").complaints, Complaints{"1:4 yaml-syntax"});
    EXPECT_NE(parse("a: [1, 2\n").rendered.find("the [ is never closed"), std::string::npos);
    EXPECT_EQ(parse("a: b: c\n").complaints, Complaints{"1:5 yaml-syntax"});
    EXPECT_EQ(parse("a:\n\tb: 1\n").complaints, Complaints{"2:1 yaml-syntax"});
    EXPECT_NE(parse("a:\n\tb: 1\n").rendered.find("a tab cannot indent"), std::string::npos);
    EXPECT_EQ(parse("a: *nothing\n").complaints, Complaints{"1:4 yaml-syntax"});
}

TEST(YamlReader, AnUnclosedListOfMapsIsNoComplexKey) {
    EXPECT_EQ(parse("a: [{b: 1}\n").complaints, Complaints{"1:4 yaml-syntax"});
    EXPECT_EQ(parse("[[b]\n").complaints, Complaints{"1:1 yaml-syntax"});
}

TEST(YamlReader, BytesThatAreNotUtf8AreRefusedWhereTheyStand) {
    EXPECT_EQ(parse("a: 1\nb: \xFFz\n").complaints, Complaints{"2:4 not-utf8"});
    EXPECT_EQ(parse("a: \xC0\x80\n").complaints, Complaints{"1:4 not-utf8"}) << "overlong NUL";
    EXPECT_EQ(parse("a: \xED\xA0\x80\n").complaints, Complaints{"1:4 not-utf8"}) << "surrogate";
    EXPECT_EQ(parse("a: \xF4\x90\x80\x80\n").complaints, Complaints{"1:4 not-utf8"});
    EXPECT_EQ(parse("a: \xE2\x82").complaints, Complaints{"1:4 not-utf8"}) << "cut off";
    EXPECT_EQ(parse(std::string("\xFF\xFE"
                                "a\0",
                                4))
                  .complaints,
              Complaints{"1:1 not-utf8"})
        << "UTF-16";
}

TEST(YamlReader, ControlCharactersAreRefused) {
    EXPECT_EQ(parse(std::string("a: \0b", 5)).complaints, Complaints{"1:4 control-character"});
    EXPECT_EQ(parse("a: \033[2J").complaints, Complaints{"1:4 control-character"});
}

TEST(YamlReader, RecursiveAliasesAreRefused) {
    EXPECT_EQ(parse("a: &x [1, *x]\n").complaints, Complaints{"1:11 recursive-alias"});
    EXPECT_EQ(parse("&x {b: *x}\n").complaints, Complaints{"1:8 recursive-alias"});
}

TEST(YamlReader, AliasBombsAreRefusedBeforeTheyExpand) {
    std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int i = 1; i < 12; ++i) {
        text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
                            i - 1);
    }

    const Outcome outcome = parse(text);

    ASSERT_EQ(outcome.complaints.size(), 1U);
    EXPECT_NE(outcome.complaints[0].find("too-large"), std::string::npos);
}

TEST(YamlReader, AliasesOtherwiseAreCopies) {
    const Outcome outcome = parse("a: &x {b: [1, 2]}\nc: *x\n");

    EXPECT_EQ(outcome.documents.at(0).find("c")->find("b")->items.size(), 2U);
}

TEST(YamlReader, DeepNestingIsAClearErrorAndFast) {
    for (const char* opener : {"[", "- ", "? ", "{a: ", "[{a: "}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) {
            text += opener;
        }
        const auto begin = std::chrono::steady_clock::now();

        const Outcome outcome = parse(text);

        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << opener;
        ASSERT_EQ(outcome.complaints.size(), 1U) << opener;
        EXPECT_NE(outcome.complaints[0].find("1:"), std::string::npos);
        EXPECT_NE(outcome.complaints[0].find("too-deep"), std::string::npos);
    }
}

TEST(YamlReader, TagsOtherThanStrAreRefused) {
    EXPECT_EQ(parse("a: !python/object x\n").complaints, Complaints{"1:4 yaml-tag"});
    EXPECT_EQ(parse("a: !!int \"5\"\n").complaints, Complaints{"1:4 yaml-tag"});
    EXPECT_TRUE(parse("a: !!str 5\n").documents.at(0).find("a")->quoted);
}

TEST(YamlReader, KeysAreWords) {
    EXPECT_EQ(parse("? [a, b]\n: 1\n").complaints, Complaints{"1:3 wrong-type"});
}

TEST(YamlReader, EmptyDocumentsDoNotCount) {
    EXPECT_EQ(parse("---\n---\na: 1\n---\n").documents.size(), 1U);
    EXPECT_EQ(parse("# nothing\n").documents.size(), 0U);
    EXPECT_EQ(parse("").documents.size(), 0U);
}

TEST(YamlReader, LoadingSaysWhyAFileCannotBeRead) {
    Sources sources;
    Report report;
    EXPECT_EQ(load_yaml_file("/nowhere/x.yaml", sources, report).source, nullptr);
    EXPECT_EQ(load_yaml_file(testing::TempDir(), sources, report).source, nullptr);

    ASSERT_EQ(report.all().size(), 2U);
    EXPECT_EQ(report.all()[0].code, "unreadable-file");
    EXPECT_EQ(report.all()[0].message, "cannot be read: No such file or directory");
    EXPECT_EQ(report.all()[1].message, "this is a directory, not a file");
}

TEST(YamlReader, EndlessFilesAreCutOff) {
    ASSERT_TRUE(std::filesystem::exists("/dev/zero"));
    Sources sources;
    Report report;

    EXPECT_EQ(load_yaml_file("/dev/zero", sources, report).source, nullptr);

    ASSERT_EQ(report.all().size(), 1U);
    EXPECT_EQ(report.all()[0].code, "too-large");
}

TEST(YamlReader, AByteOrderMarkIsNoCharacter) {
    const std::string path = write_file("bom.yaml",
                                        "\xEF\xBB\xBF"
                                        "a: b: c\n");
    Sources sources;
    Report report;

    static_cast<void>(load_yaml_file(path, sources, report));

    EXPECT_EQ(short_forms(report.all()), Complaints{"1:5 yaml-syntax"});
}

TEST(YamlWriter, WhatIsWrittenReadsBackTheSame) {
    const std::string text =
        "a: {b: [1, \"2\", 'x: y'], c: \"\", d: \"null\", e: \"tab\\tline\\nquote\\\"\"}\n"
        "list:\n  - - deep\n    - [1, [2, [3]]]\n  - {k: {l: {m: n}}}\n"
        "\"a key: with colon\": \"# no comment\"\nempty: {x: {}, y: []}\nminus: -5\n";
    const Outcome first = parse(text);
    ASSERT_TRUE(first.complaints.empty());

    const std::string written = write_yaml(first.documents.at(0));
    const Outcome second = parse(written);

    ASSERT_TRUE(second.complaints.empty()) << written << second.rendered;
    EXPECT_EQ(write_yaml(second.documents.at(0)), written);
    EXPECT_EQ(second.documents.at(0).find("a")->find("e")->text, "tab\tline\nquote\"");
    EXPECT_TRUE(second.documents.at(0).find("a")->find("d")->is_scalar());
}

}  // namespace
}  // namespace lagsim::sim
