//! Every route of every pack walks the chain that its notice describes.

use super::*;
use crate::agency::Agency;
use crate::form::Answers;
use crate::notice::Choice;
use crate::review::{chain, slots_of};

/// The agencies of a pack, their keys as ids.
fn agencies(notice: &Notice) -> Vec<Agency> {
    let path = |key: &str| {
        let mut path = vec![key.to_owned()];
        let above = |key: &str| notice.agency.iter().find(|a| a.key == key)?.parent.clone();
        while let Some(parent) = path.last().and_then(|k| above(k)) {
            path.push(parent);
        }
        path.reverse();
        path
    };
    let each = notice.agency.iter().map(|a| Agency {
        id: a.key.clone(),
        name: a.name.clone(),
        tier: a.tier,
        system: a.system.clone(),
        region: a.region.clone(),
        path: path(&a.key),
    });
    each.collect()
}

/// What an entry walks: each step as `step: agencies [boxes]`.
fn walk(slug: &str, choice: [&str; 3], unit: &str, via: &str, region: &str) -> Vec<String> {
    let (notice, _) = check(&pack(slug)).unwrap();
    let all = agencies(&notice);
    let one = |key: &str| all.iter().find(|a| a.id == key);
    let [subject, category, route] = choice.map(str::to_owned);
    let choice = Choice {
        subject,
        category,
        route,
    };
    let answers = Answers::default();
    let steps = chain(
        &notice,
        &choice,
        &answers,
        one(unit),
        one(via),
        region,
        &all,
    )
    .unwrap();
    let shown = steps.iter().map(|(step, acting)| {
        let agencies: Vec<&str> = acting.iter().map(|a| a.id.as_str()).collect();
        let boxes: Vec<&str> = acting
            .iter()
            .flat_map(|a| slots_of(step, &a.system, &choice, &answers))
            .map(|s| s.key.as_str())
            .collect();
        format!("{}: {} [{}]", step.key, agencies.join("+"), boxes.join(" "))
    });
    shown.collect()
}

#[test]
fn bozhou_goes_by_county_or_directly() {
    let county = ["account", "government", "county"];
    let city = "city: city-cyberspace+city-civilisation [city-cyberspace city-civilisation]";
    assert_eq!(
        walk(
            "bozhou-2022",
            county,
            "qiaocheng-media",
            "qiaocheng-cyberspace",
            "341602"
        ),
        [
            "unit: qiaocheng-media [unit]",
            "county: qiaocheng-cyberspace+qiaocheng-civilisation [county-cyberspace county-civilisation]",
            city,
        ]
    );
    assert_eq!(
        walk("bozhou-2022", county, "", "guoyang-cyberspace", "341621"),
        [
            "county: guoyang-cyberspace+guoyang-civilisation [county-cyberspace county-civilisation]",
            city,
        ]
    );
    assert_eq!(
        walk(
            "bozhou-2022",
            ["website", "other", "direct"],
            "",
            "unit-education",
            "341600"
        ),
        ["unit: unit-education [unit]", city]
    );
}

/// An applicant names its own unit; the offices above that one do not come with it into another county.
#[test]
fn a_unit_of_elsewhere_brings_no_office_along() {
    let county = ["account", "government", "county"];
    let (notice, _) = check(&pack("bozhou-2022")).unwrap();
    let mut all = agencies(&notice);
    let office = all.iter().find(|a| a.id == "guoyang-civilisation").unwrap();
    let mut path = office.path.clone();
    path.push("club".into());
    all.push(crate::agency::Agency {
        id: "club".into(),
        tier: crate::agency::Tier::Unit,
        path,
        ..office.clone()
    });
    let [subject, category, route] = county.map(str::to_owned);
    let choice = Choice {
        subject,
        category,
        route,
    };
    let one = |key: &str| all.iter().find(|a| a.id == key);
    let (unit, via) = (one("club"), one("qiaocheng-cyberspace"));
    let steps = chain(
        &notice,
        &choice,
        &Answers::default(),
        unit,
        via,
        "341602",
        &all,
    )
    .unwrap();
    let acting: Vec<&str> = (steps.iter().flat_map(|(_, acting)| acting))
        .map(|a| a.id.as_str())
        .collect();
    assert_eq!(
        acting,
        [
            "club",
            "qiaocheng-cyberspace",
            "qiaocheng-civilisation",
            "city-cyberspace",
            "city-civilisation"
        ]
    );
}

#[test]
fn shanxi_takes_those_who_register_and_those_whom_a_city_names() {
    let province = "province: province [province]";
    assert_eq!(
        walk(
            "shanxi-2024",
            ["account", "celebrity", "self"],
            "",
            "",
            "140200"
        ),
        [province]
    );
    assert_eq!(
        walk(
            "shanxi-2024",
            ["account", "media", "nominated"],
            "unit-media",
            "taiyuan",
            "140100"
        ),
        ["unit: unit-media [unit]", "city: taiyuan [city]", province]
    );
    assert_eq!(
        walk(
            "shanxi-2024",
            ["matrix", "matrix", "self"],
            "unit-university",
            "",
            "140105"
        ),
        ["unit: unit-university [unit]", province]
    );
    // 单位盖章一栏可不填: an individual's unit has no step, even where it has an office.
    assert_eq!(
        walk(
            "shanxi-2024",
            ["account", "celebrity", "nominated"],
            "unit-media",
            "datong",
            "140200"
        ),
        ["city: datong [city]", province]
    );
}

#[test]
fn the_others_go_up_level_by_level() {
    assert_eq!(
        walk(
            "shaanxi-universities-2024",
            ["account", "government", "university"],
            "",
            "sust",
            "610112"
        ),
        [
            "university: sust [university]",
            "centre: centre [centre]",
            "province: province [province]",
        ]
    );
    let cast = ["account", "account", "society"];
    let above = [
        "society: acupuncture [society]",
        "association: association [association]",
        "committee: committee [committee]",
    ];
    assert_eq!(
        walk("cast-2021", cast, "acupoints", "acupuncture", "000000"),
        [&["branch: acupoints [branch]"], &above[..]].concat()
    );
    assert_eq!(walk("cast-2021", cast, "", "acupuncture", "000000"), above);
    assert_eq!(
        walk(
            "three-tier",
            ["account", "unit", "county"],
            "",
            "yiling",
            "420506"
        ),
        [
            "county: yiling [county]",
            "city: yichang [city]",
            "province: province [province]",
        ]
    );
}
