//! Every route of the service, wrapped in the shell.

use poem::endpoint::make_sync;
use poem::web::Html;
use poem::{Endpoint, EndpointExt, Response, Route, get};
use poem_openapi::{OpenApi, OpenApiService};

use super::contract::Contract;
use super::health::Readiness;
use super::shell::Shell;
use super::{
    admin, applicant, verification_page, web_page, wechat_push, wechat_sign_in, withdrawals,
};
use crate::state::Shared;

/// The whole service. `/docs` shows both contracts without any outside request.
pub fn all(app: &Shared, readiness: Readiness) -> impl Endpoint<Output = Response> + use<> {
    let (applicant, admin) = (applicant::service(), admin::service());
    let (applicant_told, admin_told) = (applicant::document(), admin::document());
    let contract =
        Contract::from_specs(&[("/api/v1", applicant_told), ("/admin/api/v1", admin_told)]);
    let routes = Route::new()
        .nest("/docs/applicant", browser(&applicant, applicant_told))
        .nest("/docs/admin", browser(&admin, admin_told))
        .at("/", get(web_page::from_root))
        .at("/m", get(web_page::from_bare))
        .at("/m/", get(web_page::file))
        .at("/m/*path", get(web_page::file))
        .at("/v/style.css", get(verification_page::style))
        .at("/v/:code", get(verification_page::page))
        .at("/crl/:name", get(withdrawals::list))
        .at("/wechat/sign-in", get(wechat_sign_in::begin))
        .at("/wechat/sign-in/done", get(wechat_sign_in::done))
        .at("/wechat/pictures/:link", get(wechat_push::picture))
        .at(
            "/wechat/push",
            get(wechat_push::check).post(wechat_push::take),
        )
        .nest("/api/v1", applicant)
        .nest("/admin/api/v1", admin)
        .data(app.clone());
    Shell::new(routes, &app.settings.limits)
        .server(&app.settings.server)
        .readiness(readiness)
        .contract(contract)
}

/// Swagger UI with a document of ours in the place of the library's.
fn browser<T: OpenApi>(service: &OpenApiService<T, ()>, document: &str) -> Route {
    let page = service.swagger_ui_html().replace(&service.spec(), document);
    Route::new().at("/", get(make_sync(move |_| Html(page.clone()))))
}

/// Ready while the database answers.
#[must_use]
pub fn readiness(app: &Shared) -> Readiness {
    let db = app.db.clone();
    Readiness::new(move || {
        let db = db.clone();
        async move { db.ping().await.is_ok() }
    })
}
