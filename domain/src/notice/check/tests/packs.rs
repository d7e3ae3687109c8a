//! The six packs: clean, true to their originals, complete, and freezable.

use serde_json::Value as Json;

use super::*;
use crate::notice::{Stage, StageAct, Window};

const PACKS: [&str; 6] = [
    "bozhou-2022",
    "cast-2021",
    "chengdu-2022",
    "shaanxi-universities-2024",
    "shanxi-2024",
    "three-tier",
];

/// Slug, number of the source and how many requirements were read from it.
const SOURCES: [(&str, u32, u32); 5] = [
    ("shanxi-2024", 0, 47),
    ("bozhou-2022", 1, 39),
    ("shaanxi-universities-2024", 2, 35),
    ("cast-2021", 3, 34),
    ("chengdu-2022", 4, 20),
];

fn read(slug: &str) -> (Notice, Vec<Fault>) {
    check(&pack(slug)).unwrap_or_else(|faults| panic!("{slug}: {faults:#?}"))
}

#[test]
fn every_folder_is_a_listed_pack_and_clean() {
    let mut folders: Vec<String> = std::fs::read_dir(notices())
        .unwrap()
        .filter_map(Result::ok)
        .filter(|d| d.path().join("notice.toml").exists())
        .map(|d| d.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, PACKS);
    for slug in PACKS {
        assert_eq!(read(slug).0.key, slug);
    }
}

#[test]
fn a_campaign_can_freeze_every_pack_as_json() {
    for slug in PACKS {
        let (notice, _) = read(slug);
        let frozen = serde_json::to_string(&notice).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&frozen).unwrap(), notice);
        // Days are in quotation marks, so that plain readers of TOML take the packs too.
        assert_eq!(toml::from_str::<Notice>(&pack(slug)).unwrap(), notice);
    }
}

/// What the organisers are told; requirements and this list came from reading the originals.
#[test]
fn advice_is_what_a_reader_of_the_originals_found() {
    for (slug, wanted) in [
        (
            "bozhou-2022",
            &[
                "stage.apply.closes deadline_on_holiday",
                "stage.first-review.opens shared_day",
                "stage.experts.opens shared_day",
                "form.field.operator_kind field_added",
                "form.field.region field_added",
                "form.field.platform field_added",
                "evidence.pictures.max image_ceiling",
                "poll poll_open",
                "announcement announcement_length_open",
                "honour.website seats_open",
                "honour.account seats_open",
            ][..],
        ),
        (
            "shanxi-2024",
            &[
                "stage.collect.opens shared_day",
                "stage.announce.opens shared_day",
                "nomination.city nomination_deadline_open",
                "form.field.original_share field_added",
                "form.field.operator_kind field_added",
                "step.province.slot.province.required seal_optional",
                "honour seats_not_hundred",
                "honour.enterprise honour_order",
                "honour.enterprise.label honour_name",
                "score.part.index weight_open",
                "score.part.experts weight_open",
                "score.part.benefit weight_open",
                "announcement announcement_length_open",
                "announcement.stage announcement_over_holiday",
            ],
        ),
        (
            "shaanxi-universities-2024",
            &[
                " announcement_missing",
                "stage.apply.closes deadline_on_weekend",
                "stage.apply.closes short_notice",
                "publicity.repost asked_of_entrants",
                "form.field.level field_added",
                "form.field.followers field_added",
                "score ties_open",
                "score.part.data.conversion conversion_open",
                "score.part.vote.weight vote_weighs",
                "score.part.vote.conversion conversion_open",
                "rubric.operation.criterion points_open",
                "rubric.practice.criterion points_open",
                "poll poll_open",
                "honour.outstanding seats_open",
            ],
        ),
        (
            "cast-2021",
            &[
                " announcement_missing",
                "stage.society.closes short_notice",
                "stage.evaluate.opens shared_day",
                "standard.truth standard_not_scored",
                "form.field.platform field_added",
                "form.field.operator_kind field_added",
                "evidence.pictures.max image_ceiling",
                "step.branch.slot.branch.required seal_optional",
                "step.society.slot.society.required seal_optional",
                "step.association.slot.association.required seal_optional",
                "step.committee.slot.committee.required seal_optional",
                "score ties_open",
                "rubric.mass-line.criterion.reach.item.followers bands_open",
                "rubric.mass-line.criterion.reach.item.interactions bands_open",
                "publicity.repost asked_of_entrants",
            ],
        ),
        (
            "chengdu-2022",
            &[
                " announcement_missing",
                "honour.self-media.listed list_incomplete",
                "honour.case.listed list_incomplete",
            ],
        ),
        ("three-tier", &[]),
    ] {
        let told: Vec<String> = read(slug)
            .1
            .iter()
            .map(|f| format!("{} {}", f.path, f.code))
            .collect();
        assert_eq!(told, wanted, "{slug}");
    }
}

/// Openings and contradictions that no program finds are told by the pack itself.
#[test]
fn every_defect_of_an_original_is_a_remark() {
    for (slug, wanted) in [
        (
            "shanxi-2024",
            "seats-105 honour-names shared-days section-number no-weights announcement-length \
             nomination-deadline form-lacks-fields matrix-followers",
        ),
        (
            "bozhou-2022",
            "shared-days deadline-on-holiday no-weights summary-twice quota-accounts-only \
             announcement-length county-civilisation-name image-ceiling",
        ),
        (
            "shaanxi-universities-2024",
            "deadline-on-weekend no-data-formula no-rank-conversion no-tie-rule conduct-twice \
             level-unclear announcement-missing winners-open garbled-sentence",
        ),
        (
            "cast-2021",
            "truth-is-a-gate shared-days scan-error no-bands announcement-missing \
             short-answer-time image-ceiling",
        ),
        (
            "chengdu-2022",
            "no-weights announcement-missing cases-unnamed",
        ),
    ] {
        let (notice, _) = read(slug);
        for key in wanted.split_whitespace() {
            assert!(notice.remark.iter().any(|r| r.key == key), "{slug}: {key}");
        }
    }
}

#[test]
fn every_requirement_is_held_by_the_pack() {
    for (slug, source, last) in SOURCES {
        let table = std::fs::read_to_string(notices().join(slug).join("requirements.tsv")).unwrap();
        let mut rows = table.lines();
        assert_eq!(rows.next(), Some("id\ttag\tpaths\tserved"));
        let pack = serde_json::to_value(read(slug).0).unwrap();
        let mut wanted = 1..=last;
        for row in rows {
            let cells: Vec<&str> = row.split('\t').collect();
            let [id, tag, paths, served] = cells[..] else {
                panic!("{slug}: {row}");
            };
            let number = wanted
                .next()
                .unwrap_or_else(|| panic!("{slug}: {id} is one too many"));
            assert_eq!(id, format!("S{source}-{number:02}"));
            assert!(["A", "A+H", "H"].contains(&tag), "{id}: {tag}");
            assert!(["now", "later"].contains(&served), "{id}: {served}");
            assert!(!paths.is_empty(), "{id}");
            for path in paths.split(' ') {
                let found = path.split('.').try_fold(&pack, step);
                let there = found.is_some_and(|v| !is_empty(v));
                assert!(there, "{id}: {slug} holds nothing at {path}");
            }
        }
        assert_eq!(wanted.next(), None, "{slug}: requirements are missing");
    }
}

/// An item of a list by its key or its place.
fn step<'a>(value: &'a Json, part: &str) -> Option<&'a Json> {
    match value {
        Json::Array(items) => items
            .iter()
            .find(|i| i["key"] == part)
            .or_else(|| items.get(part.parse::<usize>().ok()?)),
        other => other.get(part),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

#[test]
fn every_quote_stands_in_its_original() {
    let folder = notices().join("../../shared/seeds");
    if !folder.is_dir() {
        println!("left out: the originals are not beside the workspace");
        return;
    }
    let mut originals: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|d| d.unwrap().path())
        .collect();
    originals.sort();
    for (slug, source, _) in SOURCES {
        let original = std::fs::read(&originals[source as usize]).unwrap();
        assert_eq!(check_quotes(&pack(slug), &original), [], "{slug}");
    }
}

#[test]
fn a_quote_that_is_not_in_the_original_is_told_with_its_line() {
    let original = "一、时间\n  3月1日至\n6月30日。\n二、图片不超过3张，视频不超过5分钟。";
    let sum = "0".repeat(64);
    let pack =
        |clause: &str| format!("source_sha256 = \"{sum}\"\n[period]\nclause = \"{clause}\"\n");
    let told = |clause: &str| {
        let faults = check_quotes(&pack(clause), original.as_bytes());
        let each = faults
            .into_iter()
            .map(|f| (f.line, f.path, f.code, f.message));
        each.filter(|f| f.2 != "source_changed").collect::<Vec<_>>()
    };
    assert_eq!(told("3月1日至6月30日"), []);
    assert_eq!(told("图片 不超过3张…不超过5分钟"), []);
    let wrong = |words: &str| {
        let message = format!("原文中没有这句话：「{words}」，请照原文抄写");
        vec![(3, "period.clause".to_owned(), "quote_not_found", message)]
    };
    assert_eq!(told("图片不超过4张"), wrong("图片不超过4张"));
    assert_eq!(told("不超过5分钟…图片"), wrong("图片"));
    let codes = |pack: &str, source: &[u8]| -> Vec<(usize, &str)> {
        let faults = check_quotes(pack, source);
        faults.into_iter().map(|f| (f.line, f.code)).collect()
    };
    assert_eq!(
        codes(&pack("图片"), original.as_bytes()),
        [(1, "source_changed")]
    );
    assert_eq!(
        codes("key = \"x\"", original.as_bytes()),
        [(1, "source_unnamed")]
    );
    assert_eq!(
        codes("key = \"x\"", &[0xff]),
        [(1, "source_not_utf8"), (1, "source_unnamed")]
    );
    assert_eq!(codes("key = ", b""), [(1, "syntax")]);
}

/// The explanations name every part, every kind of field and every kind of rule.
#[test]
fn the_explanations_leave_nothing_out() {
    let schema = crate::notice::schema();
    let kinds = |of: &str| -> Vec<String> {
        let variants = schema["$defs"][of]["oneOf"].as_array().unwrap();
        let kind = |v: &Json| {
            v["properties"]["kind"]["const"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        variants.iter().map(kind).collect()
    };
    let mut words = [kinds("Field"), kinds("Rule")].concat();
    words.extend(schema["properties"].as_object().unwrap().keys().cloned());
    for name in ["README.md", "README.zh-CN.md"] {
        let text = std::fs::read_to_string(notices().join(name)).unwrap();
        for word in words.iter().filter(|w| *w != "format" && *w != "intake") {
            let told = [format!("`{word}`"), format!("[{word}]")];
            assert!(
                told.iter().any(|t| text.contains(t)),
                "{name} does not tell of {word}"
            );
        }
        for slug in PACKS {
            assert!(
                text.contains(&format!("`{slug}`")),
                "{name} does not list {slug}"
            );
        }
    }
}

/// Deciding is refused outside stages for reviews, so a pack in which they left a gap would block its own chain.
#[test]
fn reviews_are_open_from_the_first_entry_until_after_the_last() {
    for slug in PACKS {
        let (notice, _) = read(slug);
        let of = |act: StageAct| {
            let stages = notice.stage.iter().filter(move |s| s.act.contains(&act));
            let mut windows: Vec<Window> = stages.map(Stage::window).collect();
            windows.sort_by_key(|w| w.opens);
            windows
        };
        let (apply, review) = (of(StageAct::Apply), of(StageAct::Review));
        let (Some(first), Some(last)) = (apply.first(), apply.last()) else {
            continue;
        };
        assert!(review[0].opens <= first.opens, "{slug}");
        let mut end = review[0].closes;
        for window in &review {
            assert!(window.opens <= end, "{slug}: a gap");
            end = end.max(window.closes);
        }
        assert!(end > last.closes, "{slug}");
    }
}
