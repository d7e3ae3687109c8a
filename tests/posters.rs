//! 视频封面: where ffmpeg is installed, and where it is not.

use std::process::Command;

use serde_json::json;

use crate::support::database::Folder;
use crate::support::film::SHORT;
use crate::support::{IN_BOZHOU_WINDOW, TestApp, bytes_of, json_of};

/// Attaches a film; answers with the path of its copies.
async fn attached(t: &TestApp, film: Vec<u8>) -> (String, String) {
    let owner = t.applicant("owner").await;
    t.campaign("bozhou-2022").await;
    let mut input = t.bozhou_input("谯城发布").await;
    input["answers"]["operator_kind"] = json!("individual");
    let id = t.ready_draft(&owner, &input, "bozhou-2022", &[]).await.0;
    let file = t.attach(&owner, &id, "video", film).await;
    let file = file["id"].as_str().unwrap();
    (
        owner,
        format!("/api/v1/entries/{id}/evidence/{file}/copies"),
    )
}

#[tokio::test]
async fn a_video_shows_a_frame_where_ffmpeg_is_installed() {
    let folder = Folder::new();
    let path = folder.path("film.mp4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i"])
        .arg("color=c=red:size=640x360:rate=10:duration=3")
        .args(["-c:v", "libx264", "-pix_fmt", "yuv420p"])
        .arg(&path)
        .status();
    if made.is_err() {
        eprintln!("ffmpeg is not installed: frames of videos were left out");
        return;
    }
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, copies) = attached(&t, std::fs::read(path).unwrap()).await;
    for (size, wide) in [("thumbnail", 320), ("display", 640)] {
        let frame = bytes_of(t.get(&format!("{copies}/{size}"), &owner)).await;
        assert!(frame.starts_with(&[0xFF, 0xD8]));
        let frame = image::load_from_memory(&frame).unwrap().into_rgb8();
        assert_eq!(frame.dimensions(), (wide, wide * 9 / 16));
        let pixel = frame.get_pixel(20, 20);
        assert!(pixel[0] > 200 && pixel[1] < 60, "{pixel:?}");
    }
}

/// Its tables are sound, and what they point to is no film.
#[tokio::test]
async fn a_video_without_a_frame_has_no_copy_and_is_tried_once() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let (owner, copies) = attached(&t, SHORT.bytes()).await;
    for _ in 0..2 {
        json_of(t.get(&format!("{copies}/display"), &owner), 404).await;
    }
}

#[tokio::test]
async fn without_a_tool_a_video_has_no_copy() {
    for tool in ["", "/nowhere/ffmpeg"] {
        let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| s.videos.ffmpeg = tool.into()).await;
        let (owner, copies) = attached(&t, SHORT.bytes()).await;
        json_of(t.get(&format!("{copies}/thumbnail"), &owner), 404).await;
    }
}
