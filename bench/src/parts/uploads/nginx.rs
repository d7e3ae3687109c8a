//! The peer: nginx with its WebDAV module, on the same disk, as many workers as cores.

use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Client;

use crate::film::Film;
use crate::process::{Process, free_port, ready};
use crate::service::fresh;
use crate::{Outcome, Run};

/// nginx, answering.
pub struct Nginx {
    pub process: Process,
    base: String,
    folder: PathBuf,
}

impl Nginx {
    pub async fn start(run: &Run) -> Outcome<Nginx> {
        let folder = fresh(&run.work.join("nginx"))?;
        std::fs::create_dir(folder.join("files"))?;
        let port = free_port()?;
        let settings = settings(&folder, port);
        let file = folder.join("nginx.conf");
        std::fs::write(&file, settings)?;
        let mut command = Command::new(&run.nginx);
        command.arg("-p").arg(&folder).arg("-c").arg(&file);
        command.arg("-e").arg(folder.join("error.log"));
        let process = Process::start(command, &folder.join("nginx.log"))?;
        let base = format!("http://127.0.0.1:{port}");
        ready(&Client::new(), &base).await?;
        Ok(Nginx {
            process,
            base,
            folder,
        })
    }

    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Sends a film as a whole. nginx syncs nothing, so that is done here, file and folder, before it counts as sent.
    pub async fn put(&self, client: &Client, film: Film) -> Outcome {
        let name = format!("{}.mp4", film.number);
        let request = client
            .put(format!("{}/{name}", self.base))
            .header("content-length", film.bytes)
            .body(film.whole());
        let status = request.send().await?.status();
        if !status.is_success() {
            return Err(format!("nginx answers {status}").into());
        }
        let (folder, file) = (self.files(), self.files().join(name));
        tokio::task::spawn_blocking(move || {
            for path in [file, folder] {
                std::fs::File::open(path)?.sync_all()?;
            }
            Ok(())
        })
        .await?
    }
}

fn settings(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {folder}/{kind};"));
    // one user only, so that a run as root can write into folders of root's
    format!(
        "user root root; daemon off; worker_processes auto; pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off; {temporary}
    client_max_body_size 0; client_body_buffer_size 256k;
    server {{
        listen 127.0.0.1:{port};
        location / {{ root {folder}/files; dav_methods PUT; }}
    }}
}}
",
        temporary = temporary.join(" ")
    )
}
