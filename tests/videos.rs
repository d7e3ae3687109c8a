//! Videos and the lies they tell.

use std::process::Command;

use tuixuan::config::Limits;
use tuixuan::error::Error;
use tuixuan::media::{Video, examine, examine_file};

use crate::support::database::Folder;
use crate::support::film::{Film, SHORT, boxed};

async fn measured(bytes: Vec<u8>) -> Result<Video, String> {
    match examine(bytes, &Limits::default()).await {
        Ok((facts, _)) => facts.video.ok_or_else(|| facts.media_type.to_owned()),
        Err(Error::Invalid(v)) => Err(format!("422 {}", v[0].code)),
        Err(Error::Unsupported(v)) => Err(format!("415 {}", v.code)),
        Err(Error::TooLarge(v)) => Err(format!("413 {}", v.code)),
        Err(other) => Err(format!("{other:?}")),
    }
}

async fn refused(bytes: Vec<u8>) -> String {
    measured(bytes).await.expect_err("not taken")
}

#[tokio::test]
async fn a_phones_film_is_measured_wherever_its_tables_are() {
    for film in [
        SHORT,
        Film {
            tables_last: true,
            ..SHORT
        },
        Film {
            fragmented: true,
            sound_ms: 0,
            header_ms: 0,
            ..SHORT
        },
    ] {
        let found = measured(film.bytes()).await.unwrap();
        assert_eq!((found.duration_ms, found.size), (12_000, (640, 480)));
        assert_eq!(
            (found.media_type, found.codec.as_str()),
            ("video/mp4", "avc1")
        );
        assert_eq!(found.has_sound, film.sound_ms > 0);
        assert_eq!(found.header_ms, u64::from(film.header_ms));
    }
    let apple = Film {
        brand: b"qt  ",
        codec: b"hvc1",
        turned: true,
        ..SHORT
    };
    let found = measured(apple.bytes()).await.unwrap();
    assert_eq!(
        (found.media_type, found.size),
        ("video/quicktime", (480, 640))
    );
}

/// The longest track counts: a picture that stands still while somebody speaks on is no shorter film.
#[tokio::test]
async fn the_samples_count_and_the_header_is_only_told() {
    let found = measured(
        Film {
            header_ms: 10_000,
            ..Film::lasting(600_000)
        }
        .bytes(),
    )
    .await;
    let found = found.unwrap();
    assert_eq!((found.duration_ms, found.header_ms), (600_000, 10_000));
    let long = Film {
        sound_ms: 20_000,
        ..SHORT
    };
    assert_eq!(measured(long.bytes()).await.unwrap().duration_ms, 20_000);
}

#[tokio::test]
async fn what_is_no_sound_video_is_refused_by_name() {
    let whole = SHORT.bytes();
    assert_eq!(
        refused(whole[..whole.len() - 1].to_vec()).await,
        "422 video_truncated"
    );
    assert_eq!(refused(whole[..200].to_vec()).await, "422 video_truncated");
    let no_tables = [
        boxed(b"ftyp", b"isom\0\0\0\0isom"),
        boxed(b"mdat", &[7; 999]),
    ]
    .concat();
    assert_eq!(refused(no_tables).await, "422 video_broken");
    assert_eq!(
        refused(Film { media: 0, ..SHORT }.bytes()).await,
        "422 video_broken"
    );
    // more samples than there are bytes for them
    let boasting = Film {
        media: 100,
        ..SHORT
    };
    assert_eq!(refused(boasting.bytes()).await, "422 video_broken");
    let empty = Film { ms: 0, ..SHORT };
    assert_eq!(refused(empty.bytes()).await, "422 video_broken");
    let rare = Film {
        codec: b"vp09",
        ..SHORT
    };
    assert_eq!(refused(rare.bytes()).await, "415 video_codec");
    let locked = Film {
        codec: b"encv",
        ..SHORT
    };
    assert_eq!(refused(locked.bytes()).await, "415 video_codec");
    let twice = [SHORT.bytes(), Film::lasting(1_000).bytes()].concat();
    assert_eq!(refused(twice).await, "422 video_broken");
    assert_eq!(
        refused(boxed(b"ftyp", b"heic\0\0\0\0heic")).await,
        "415 heic_unsupported"
    );
    assert_eq!(
        refused(b"MZ\x90\0\x03\0\0\0 this program".to_vec()).await,
        "415 file_type"
    );
}

/// Counts that promise what the box has no room for are refused before anything is set aside for them.
#[tokio::test]
async fn tables_that_promise_too_much_are_refused_at_once() {
    let whole = SHORT.bytes();
    for table in [b"stts", b"stsz"] {
        let at = whole.windows(4).position(|w| w == table).unwrap();
        let mut lying = whole.clone();
        let count = if table == b"stts" { at + 8 } else { at + 12 };
        if table == b"stsz" {
            // sizes told one by one
            lying[at + 8..at + 12].fill(0);
        }
        lying[count..count + 4].copy_from_slice(&[0xff; 4]);
        assert_eq!(refused(lying).await, "422 video_broken", "{table:?}");
    }
    let many = boxed(b"moov", &boxed(b"free", b"").repeat(120_000));
    assert_eq!(
        refused([boxed(b"ftyp", b"isom\0\0\0\0"), many].concat()).await,
        "422 video_broken"
    );
    let huge = boxed(b"moov", &vec![0; 17 << 20]);
    assert_eq!(
        refused([boxed(b"ftyp", b"isom\0\0\0\0"), huge].concat()).await,
        "422 video_broken"
    );
}

#[tokio::test]
async fn a_long_file_is_judged_on_disk_by_its_tables_alone() {
    let folder = Folder::new();
    let path = folder.path("film");
    let film = Film {
        media: 30 << 20,
        ..SHORT
    }
    .bytes();
    std::fs::write(&path, &film).unwrap();
    let limits = Limits::default();
    let (facts, bytes) = examine_file(path.clone(), &limits).await.unwrap();
    assert_eq!(
        (facts.media_type, facts.length),
        ("video/mp4", film.len() as u64)
    );
    assert!(bytes.is_none(), "the media was not read");
    let short = Limits {
        video_bytes: film.len() as u64 - 1,
        ..limits.clone()
    };
    let told = examine_file(path.clone(), &short).await;
    assert!(matches!(told, Err(Error::TooLarge(v)) if v.code == "video_too_large"));
    // anything else of that length is not even read
    std::fs::write(&path, vec![b'x'; 30 << 20]).unwrap();
    let told = examine_file(path, &limits).await;
    assert!(matches!(told, Err(Error::TooLarge(v)) if v.code == "file_too_large"));
}

/// Whatever is changed, an answer comes, and never a panic. The numbers are the same in every run.
#[tokio::test]
async fn a_film_with_any_bytes_changed_is_answered() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for case in 0..3_000 {
        let film = Film {
            fragmented: case % 2 == 0,
            media: 700,
            ..SHORT
        };
        let mut bytes = film.bytes();
        for _ in 0..=next(5) {
            let at = next(bytes.len());
            bytes[at] = u8::try_from(next(256)).unwrap();
        }
        bytes.truncate(bytes.len() - next(3));
        if let Err(told) = measured(bytes).await {
            assert!(
                told.starts_with('4') || told == "image/jpeg",
                "{case}: {told}"
            );
        }
    }
}

/// Films of a real encoder, where it is installed.
#[tokio::test]
async fn films_of_ffmpeg_are_measured_to_a_picture() {
    let folder = Folder::new();
    let make = |name: &str, options: &[&str]| {
        let path = folder.path(name);
        let source = [
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=320x180:rate=25:duration=4",
        ];
        let sound = ["-f", "lavfi", "-i", "sine=duration=4"];
        let made = Command::new("ffmpeg")
            .args(source)
            .args(sound)
            .args(options)
            .arg(&path)
            .status();
        match made {
            Ok(status) => {
                assert!(status.success(), "{name}");
                Some(std::fs::read(path).unwrap())
            }
            Err(_) => None,
        }
    };
    let h264: &[&str] = &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    for (name, more, codec, media_type) in [
        ("plain.mp4", &[][..], "avc1", "video/mp4"),
        (
            "first.mp4",
            &["-movflags", "+faststart"],
            "avc1",
            "video/mp4",
        ),
        (
            "fragments.mp4",
            &["-movflags", "frag_keyframe+empty_moov"],
            "avc1",
            "video/mp4",
        ),
        ("apple.mov", &[], "avc1", "video/quicktime"),
        (
            "hevc.mp4",
            &["-c:v", "libx265", "-x265-params", "log-level=none"],
            "hev1",
            "video/mp4",
        ),
    ] {
        let Some(bytes) = make(name, &[h264, more].concat()) else {
            eprintln!("ffmpeg is not installed: its films were left out");
            return;
        };
        let found = measured(bytes)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            (found.media_type, found.codec.as_str()),
            (media_type, codec),
            "{name}"
        );
        assert!(
            (3_960..=4_100).contains(&found.duration_ms),
            "{name}: {}",
            found.duration_ms
        );
        assert_eq!(found.size, (320, 180), "{name}");
        assert!(found.has_sound, "{name}");
    }
}
