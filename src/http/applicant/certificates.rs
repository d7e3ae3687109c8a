//! 证书: for anybody who holds one, and those of the caller's entries.

use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::Group;
use super::entries::own;
use crate::app::certificates::{self, Issued};
use crate::http::caller::AsApplicant;
use crate::http::download::{Download, download};
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on certificates.
pub struct Certificates;

/// What a certificate is worth today.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum CertificateStanding {
    Valid,
    /// The office that issued it withdrew it.
    Revoked,
}

/// A certificate as its sheet says it.
#[derive(Object)]
pub struct CertificateView {
    pub id: String,
    /// certificate or plaque.
    pub kind: String,
    pub standing: CertificateStanding,
    /// Where its QR code leads.
    pub code: String,
    pub number: String,
    /// Who or what is honoured.
    pub name: String,
    pub title: String,
    pub text: String,
    /// 落款单位.
    pub agencies: Vec<String>,
    /// 落款日期, as it is printed.
    pub date: String,
    /// Epoch milliseconds.
    pub issued_at: i64,
}

/// A certificate with the campaign that it is of.
#[derive(Object)]
pub struct PublicCertificateView {
    #[oai(flatten)]
    pub certificate: CertificateView,
    /// Title of the campaign.
    pub campaign: String,
}

impl From<Issued> for CertificateView {
    fn from(i: Issued) -> CertificateView {
        let c = i.certificate;
        CertificateView {
            id: i.row.id,
            kind: c.kind.as_str().into(),
            standing: match i.row.revoked_at {
                None => CertificateStanding::Valid,
                Some(_) => CertificateStanding::Revoked,
            },
            code: i.row.code,
            number: c.number,
            name: c.name,
            title: c.title,
            text: c.text,
            agencies: c.agencies,
            date: c.date,
            issued_at: i.row.issued_at,
        }
    }
}

#[OpenApi]
impl Certificates {
    /// 按核验码查验证书
    #[oai(
        path = "/certificates/:code",
        method = "get",
        operation_id = "getCertificate",
        tag = "Group::Documents"
    )]
    async fn get(
        &self,
        app: Data<&Shared>,
        code: Path<String>,
    ) -> Result<Json<PublicCertificateView>, Problem> {
        let (issued, campaign) = certificates::by_code(&app, &code).boxed().await?;
        Ok(Json(PublicCertificateView {
            certificate: issued.into(),
            campaign,
        }))
    }

    /// 我的证书
    ///
    /// Oldest first.
    #[oai(
        path = "/entries/:id/certificates",
        method = "get",
        operation_id = "listCertificates",
        tag = "Group::Entries"
    )]
    async fn list(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Vec<CertificateView>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        let mine = certificates::of_entry(&app, &row).boxed().await?;
        Ok(Json(mine.into_iter().map(CertificateView::from).collect()))
    }

    /// 证书电子版（PDF）
    ///
    /// With its frame and QR code; one that was withdrawn is absent.
    #[oai(
        path = "/entries/:id/certificates/:certificate/paper",
        method = "get",
        operation_id = "getCertificatePaper",
        tag = "Group::Entries"
    )]
    async fn paper(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        id: Path<String>,
        certificate: Path<String>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        let row = own(&app, &who.0, &id).boxed().await?;
        let pdf = certificates::paper(&app, &row, &certificate)
            .boxed()
            .await?;
        Ok(download(pdf, "certificate.pdf", "证书.pdf"))
    }
}
