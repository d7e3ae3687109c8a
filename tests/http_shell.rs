//! The shell and the accept loop against callers who mean harm or know no better.

mod log;
mod over_sockets;
mod shapes;

use std::time::Duration;

use poem::{EndpointExt, Route};
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi, OpenApiService};
use tuixuan::config::{Limits, Server};
use tuixuan::error::Error;
use tuixuan::http::contract::Contract;
use tuixuan::http::problem::Problem;
use tuixuan::http::shell::{ClientIp, Shell};

#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
struct Card {
    name: String,
    #[oai(validator(maximum(value = "9")))]
    count: i64,
    /// Cards on its back.
    #[oai(default, validator(max_items = 3))]
    notes: Vec<Note>,
}

#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
struct Note {
    #[oai(validator(min_length = 1, max_length = 4))]
    text: String,
    colour: Option<Colour>,
}

#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
enum Colour {
    Red,
    Blue,
}

#[derive(poem_openapi::Multipart)]
#[oai(deny_unknown_fields)]
struct Form {
    name: String,
    count: i64,
}

struct Api;

#[OpenApi]
impl Api {
    #[oai(path = "/cards", method = "post", operation_id = "create_card")]
    async fn create(&self, body: Json<Card>) -> Result<Json<Card>, Problem> {
        Ok(body)
    }

    #[oai(path = "/cards/:id", method = "get", operation_id = "get_card")]
    async fn get(&self, id: poem_openapi::param::Path<i64>) -> Result<Json<i64>, Problem> {
        match id.0 {
            500 => Err(Error::Bug("the secret name of the table".into()).into()),
            507 => Err(Error::Full("disk".into()).into()),
            _ => Err(Error::Absent.into()),
        }
    }

    /// Shows what was understood of a query.
    #[oai(path = "/cards", method = "get", operation_id = "list_cards")]
    async fn list(
        &self,
        limit: Query<Option<u64>>,
        number: Query<Option<u32>>,
        late: Query<Option<bool>>,
        #[oai(validator(max_length = 4))] name: Query<Option<String>>,
    ) -> Json<String> {
        let Query(name) = name;
        Json(format!(
            "{:?} {:?} {:?} {name:?}",
            limit.0, number.0, late.0
        ))
    }

    #[oai(path = "/forms", method = "post", operation_id = "send_form")]
    async fn form(&self, form: Form) -> Json<String> {
        Json(format!("{} {}", form.name, form.count))
    }

    #[oai(path = "/panic", method = "get", operation_id = "panic")]
    async fn panic(&self) -> Result<Json<i64>, Problem> {
        panic!("the secret of the panic")
    }

    #[oai(path = "/slow", method = "get", operation_id = "slow")]
    async fn slow(&self) -> Result<Json<i64>, Problem> {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        Ok(Json(1))
    }
}

/// Counts the bytes of an upload while they come.
#[poem::handler]
async fn upload(mut form: poem::web::Multipart) -> poem::Result<String> {
    let mut count = 0;
    while let Some(field) = form.next_field().await? {
        let mut reader = field.into_async_read();
        count += tokio::io::copy(&mut reader, &mut tokio::io::sink())
            .await
            .map_err(poem::error::BadRequest)?;
    }
    Ok(count.to_string())
}

#[poem::handler]
fn who(ip: poem::web::Data<&ClientIp>) -> String {
    ip.0.0.map_or("nobody".into(), |ip| ip.to_string())
}

fn limits() -> Limits {
    Limits {
        picture_bytes: 1 << 20,
        pdf_bytes: 1 << 20,
        ..Limits::default()
    }
}

/// Short time-outs, so that the tests are short too.
fn settings() -> Server {
    Server {
        head_ms: 400,
        stall_ms: 400,
        request_seconds: 2,
        stop_seconds: 3,
        ..Server::default()
    }
}

fn app(server: &Server) -> impl poem::Endpoint<Output = poem::Response> + use<> {
    let service = OpenApiService::new(Api, "test", "1");
    let contract = Contract::from_specs(&[("/api/v1", &service.spec())]);
    let routes = Route::new()
        .nest("/api/v1", service)
        .at("/upload", poem::post(upload))
        .at("/who", poem::get(who))
        .at(
            "/page",
            poem::get(poem::endpoint::make_sync(|_| poem::web::Html("<p>"))),
        )
        .boxed();
    Shell::new(routes, &limits())
        .server(server)
        .contract(contract)
}
