//! Examples of every body, as the contract shows them.

use poem_openapi::types::Example;

use super::entries::WithdrawalInput;
use super::evidence::EvidenceOrderInput;
use super::sessions::PhoneCodeInput;
use super::submissions::SubmissionInput;

impl Example for SubmissionInput {
    fn example() -> SubmissionInput {
        SubmissionInput {
            declarations: vec!["one-route".into()],
        }
    }
}

impl Example for WithdrawalInput {
    fn example() -> WithdrawalInput {
        WithdrawalInput {
            reason: "账号名称变更，另行申报".into(),
        }
    }
}

impl Example for EvidenceOrderInput {
    fn example() -> EvidenceOrderInput {
        EvidenceOrderInput {
            files: vec!["019…2".into(), "019…1".into()],
        }
    }
}

impl Example for PhoneCodeInput {
    fn example() -> PhoneCodeInput {
        PhoneCodeInput {
            phone: "13800138000".into(),
            code: "482913".into(),
        }
    }
}
