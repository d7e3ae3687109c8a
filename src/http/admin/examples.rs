//! Examples of every body, as the contract shows them.

use poem_openapi::types::Example;

use super::agencies::{AgencyInput, AgencyTableInput};
use super::batches::{ConsignmentInput, ReceiptInput};
use super::campaigns::{CampaignInput, WindowInput};
use super::certificates::{
    CertificateReasonInput, HonouredInput, OfficialListInput, OfficialPaperInput, PrintInput,
    PrintKindView, SignatoryInput,
};
use super::nominations::{
    NominationInput, NominationItemInput, NominationStampInput, SendingBackInput,
};
use super::notices::NoticeInput;
use super::officers::{
    OfficerChangeInput, OfficerInput, PasswordResetInput, ReinstatementInput, TotpResetInput,
};
use super::paper_receipts::PaperReceiptInput;
use super::reviews::{
    BatchInput, BatchItem, DeclineInput, EndorsementInput, ExtensionInput, ReturnInput, ReturnItem,
    VerdictInput,
};
use super::seals::{KindView, SealInput, SealReasonInput};
use super::sessions::{PasswordInput, SignInInput, TotpInput};
use super::stamps::StampInput;

impl Example for SignInInput {
    fn example() -> SignInInput {
        SignInInput {
            login: "bozhou-2022.qiaocheng-cyberspace".into(),
            password: "Demo-2026-tuixuan".into(),
            totp: None,
        }
    }
}

impl Example for TotpInput {
    fn example() -> TotpInput {
        TotpInput {
            code: "482913".into(),
        }
    }
}

impl Example for PasswordInput {
    fn example() -> PasswordInput {
        PasswordInput {
            old_password: "Demo-2026-tuixuan".into(),
            new_password: "Qiao-cheng-2026".into(),
        }
    }
}

impl Example for OfficerInput {
    fn example() -> OfficerInput {
        OfficerInput {
            agency_id: "01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into(),
            login: "qiaocheng.chen".into(),
            name: "陈某".into(),
            roles: vec!["clerk".into(), "reviewer".into()],
            first_password: "First-sign-in-1".into(),
        }
    }
}

impl Example for OfficerChangeInput {
    fn example() -> OfficerChangeInput {
        OfficerChangeInput {
            agency_id: "01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into(),
            name: "陈某".into(),
            roles: vec!["clerk".into(), "seal_keeper".into()],
            reason: "岗位调整".into(),
        }
    }
}

impl Example for ReinstatementInput {
    fn example() -> ReinstatementInput {
        ReinstatementInput {
            reason: "误停用".into(),
        }
    }
}

impl Example for CampaignInput {
    fn example() -> CampaignInput {
        CampaignInput {
            slug: "bozhou-2023".into(),
            pack: Some("bozhou-2022".into()),
            texts: None,
        }
    }
}

impl Example for WindowInput {
    fn example() -> WindowInput {
        WindowInput {
            opens: 1_653_235_200_000,
            closes: 1_654_444_800_000,
            reason: "端午假期顺延两日".into(),
        }
    }
}

impl Example for ConsignmentInput {
    fn example() -> ConsignmentInput {
        ConsignmentInput {
            entries: vec!["01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into()],
        }
    }
}

impl Example for SendingBackInput {
    fn example() -> SendingBackInput {
        SendingBackInput {
            reason: "第2行账号名称有误，请核对后重新报送".into(),
        }
    }
}

impl Example for ReceiptInput {
    fn example() -> ReceiptInput {
        ReceiptInput {
            paper: true,
            electronic: true,
        }
    }
}

impl Example for NominationInput {
    fn example() -> NominationInput {
        NominationInput {
            contact: Some("赵某".into()),
            phone: Some("13800138000".into()),
            items: vec![NominationItemInput::example()],
        }
    }
}

impl Example for NominationItemInput {
    fn example() -> NominationItemInput {
        NominationItemInput {
            category: "government".into(),
            name: "并州发布".into(),
            platform: Some("微信公众号".into()),
            contact: Some("钱某".into()),
            phone: Some("13900139000".into()),
        }
    }
}

impl Example for EndorsementInput {
    fn example() -> EndorsementInput {
        EndorsementInput {
            opinion: "情况属实，同意推荐".into(),
        }
    }
}

impl Example for ReturnInput {
    fn example() -> ReturnInput {
        ReturnInput {
            items: vec![ReturnItem::example()],
            days: Some(5),
        }
    }
}

impl Example for ReturnItem {
    fn example() -> ReturnItem {
        ReturnItem {
            field: "summary".into(),
            message: "请补充2021年以来文明创建活动的成效".into(),
            clause: Some("图文案例需展示案例亮点、实效等方面内容".into()),
        }
    }
}

impl Example for ExtensionInput {
    fn example() -> ExtensionInput {
        ExtensionInput {
            days: 3,
            reason: "申报人来函说明，证照补办需要时间".into(),
        }
    }
}

impl Example for DeclineInput {
    fn example() -> DeclineInput {
        DeclineInput {
            reason: "账号已停止更新，不符合推选标准".into(),
        }
    }
}

impl Example for BatchInput {
    fn example() -> BatchInput {
        BatchInput {
            entries: vec![BatchItem::example()],
            opinion: "同意推荐".into(),
        }
    }
}

impl Example for BatchItem {
    fn example() -> BatchItem {
        BatchItem {
            id: "01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into(),
            version: 5,
        }
    }
}

impl Example for VerdictInput {
    fn example() -> VerdictInput {
        VerdictInput {
            accepted: true,
            reason: "经核对营业执照，两账号运营主体不同".into(),
        }
    }
}

impl Example for PaperReceiptInput {
    fn example() -> PaperReceiptInput {
        PaperReceiptInput {
            code: "https://tx.example.cn/v/34-7K2M9QXWPB".into(),
        }
    }
}

impl Example for StampInput {
    fn example() -> StampInput {
        StampInput {
            slot: "county-cyberspace".into(),
            digest: "5f".repeat(32),
            opinion: "同意推荐".into(),
            seal: None,
        }
    }
}

impl Example for SealInput {
    fn example() -> SealInput {
        SealInput {
            agency_id: "01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into(),
            kind: KindView::Official,
            name: "谯城区委网信办公章".into(),
            keeper_id: None,
            valid_from: 1_653_235_200_000,
            valid_until: 1_747_929_600_000,
            key: None,
        }
    }
}

impl Example for SealReasonInput {
    fn example() -> SealReasonInput {
        SealReasonInput {
            reason: "印章保管人变更，暂停使用".into(),
        }
    }
}

impl Example for NoticeInput {
    fn example() -> NoticeInput {
        NoticeInput {
            notice: "format = 1\nkey = \"hefei-2026\"\ntitle = \"…\"\n".into(),
            form: Some("#import \"/common.typ\": *\n#show: form\n".into()),
            nomination: None,
            deliverable: None,
        }
    }
}

impl Example for AgencyInput {
    fn example() -> AgencyInput {
        AgencyInput {
            name: "谯城区教育局".into(),
            tier: "county".into(),
            system: "education".into(),
            region: "341602".into(),
            parent_id: Some("01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into()),
        }
    }
}

impl Example for AgencyTableInput {
    fn example() -> AgencyTableInput {
        AgencyTableInput {
            csv: "name,tier,system,region,parent\n亳州学院,unit,education,341602,谯城区教育局\n"
                .into(),
        }
    }
}

impl Example for NominationStampInput {
    fn example() -> NominationStampInput {
        NominationStampInput {
            digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
            opinion: "同意推荐。".into(),
        }
    }
}

impl Example for PasswordResetInput {
    fn example() -> PasswordResetInput {
        PasswordResetInput {
            first_password: "Second-start-1".into(),
            reason: "本人忘记密码，已当面核实".into(),
        }
    }
}

impl Example for TotpResetInput {
    fn example() -> TotpResetInput {
        TotpResetInput {
            reason: "手机遗失，已当面核实".into(),
        }
    }
}

impl Example for HonouredInput {
    fn example() -> HonouredInput {
        HonouredInput {
            name: "谯城发布".into(),
            number: "亳2022-001".into(),
        }
    }
}

impl Example for SignatoryInput {
    fn example() -> SignatoryInput {
        SignatoryInput {
            name: "亳州市委网信办".into(),
        }
    }
}

impl Example for CertificateReasonInput {
    fn example() -> CertificateReasonInput {
        CertificateReasonInput {
            reason: "名称印错，另发新证".into(),
        }
    }
}

impl Example for PrintInput {
    fn example() -> PrintInput {
        PrintInput {
            kind: PrintKindView::Certificate,
            names: vec![HonouredInput::example()],
            endorsed: None,
            reissue: None,
            title: "荣誉证书".into(),
            text: "在2022年推选活动中被评为文明账号。".into(),
            agencies: vec![SignatoryInput::example()],
            date: "2022年6月20日".into(),
            frame: true,
            issue: true,
        }
    }
}

impl Example for OfficialListInput {
    fn example() -> OfficialListInput {
        OfficialListInput {
            heading: "一、文明账号".into(),
            names: vec![SignatoryInput::example()],
            endorsed: None,
        }
    }
}

impl Example for OfficialPaperInput {
    fn example() -> OfficialPaperInput {
        OfficialPaperInput {
            title: "关于推选结果的公示".into(),
            header: None,
            number: Some("亳网办〔2022〕8号".into()),
            to: None,
            text: "现将名单予以公示。\n公示期五日。".into(),
            lists: vec![OfficialListInput::example()],
            closing: Some("特此公示。".into()),
            agencies: vec![SignatoryInput::example()],
            date: "2022年6月20日".into(),
        }
    }
}
