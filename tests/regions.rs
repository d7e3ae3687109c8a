//! 行政区划 as the migrations seed them.

use tuixuan::db::regions;

use crate::support::database::TestDatabase;

#[tokio::test]
async fn the_provinces_are_the_34_of_gb_t_2260() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let provinces = regions::children(db.read(), None).await.unwrap();
    assert_eq!(provinces.len(), 34);
    assert_eq!(provinces[0].name, "北京市");
    assert_eq!(provinces[33].code, "820000");
}

#[tokio::test]
async fn a_city_lists_its_counties_only() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let counties = regions::children(db.read(), Some("341600")).await.unwrap();
    let names: Vec<&str> = counties.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["谯城区", "涡阳县", "蒙城县", "利辛县"]);
}

#[tokio::test]
async fn a_full_name_says_every_place_once() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    for (code, name) in [
        ("341602", "安徽省亳州市谯城区"),
        ("341600", "安徽省亳州市"),
        ("110101", "北京市东城区"),
        ("419001", "河南省济源市"),
        ("469021", "海南省定安县"),
        ("659001", "新疆维吾尔自治区石河子市"),
        ("500229", "重庆市城口县"),
        ("999999", ""),
        ("34", ""),
        ("三四", ""),
    ] {
        let path = regions::path(db.read(), code).await.unwrap();
        assert_eq!(regions::full_name(&path), name, "{code}");
    }
}
