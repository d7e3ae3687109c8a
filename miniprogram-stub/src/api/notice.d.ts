// Written by `npm run gen` out of notices/notice.schema.json; do not edit.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A body or group of bodies the notice is sent to. */
        Addressee: {
            clause: string;
            /**
             * @description 抄送 instead of 主送.
             * @default false
             */
            copy: boolean;
            label: string;
        };
        /** @description A body that takes part, as the pack proposes it. */
        AgencySeed: {
            key: string;
            name: string;
            /**
             * @description Key of the body above it.
             * @default null
             */
            parent: string | null;
            /** @description GB/T 2260 code of its seat. */
            region: string;
            /** @description 条线, e.g. `cyberspace` (网信), `civilisation` (文明办), `education`. */
            system: string;
            tier: components["schemas"]["Tier"];
        };
        /** @description 动态图片: what becomes of a PNG or WebP of several frames. */
        Animation: "refuse" | "flatten";
        /** @description 公示: the result stands in public, open to objections. */
        Announcement: {
            clause: string;
            /**
             * Format: uint32
             * @description Length in days; `None`: the notice leaves it open.
             * @default null
             */
            days: number | null;
            /**
             * @description Where it can be read.
             * @default []
             */
            place: string[];
            stage: string;
            /**
             * @description The days are working days (工作日).
             * @default false
             */
            working_days: boolean;
        };
        /** @description The answer to `field` is one of `is`. */
        AnswerIs: {
            field: string;
            is: string[];
        };
        /** @description 任务分工: what the notice asks of bodies that take part, and what they may see for it. */
        Assignment: {
            clause: string;
            key: string;
            label: string;
            scope: components["schemas"]["Scope"];
            who: components["schemas"]["Via"];
        };
        /** @description 附件: a file that comes with the notice, for whoever reads it. */
        Attachment: {
            /** @default null */
            clause: string | null;
            /** @description Bare name of the file in the pack's folder, e.g. `summary.docx`: PDF, Word (docx) or Excel (xlsx). */
            file: string;
            key: string;
            /** @description What people read, and what the file is called when they save it; without an ending. */
            label: string;
        };
        /** @description 地区均衡: a cap on winners that have something in common (每省每类不超过2个). */
        Balance: {
            clause: string;
            /**
             * Format: uint32
             * @description At most this many, the number included.
             */
            max: number;
            /** @description Tier of the territory or body that is counted. */
            per: components["schemas"]["Tier"];
        };
        /** @description Values from `from` on, the number included, earn `points` hundredths. */
        Band: {
            /** Format: int64 */
            from: number;
            /** Format: uint32 */
            points: number;
        };
        /** @description 统一报送: a body sends up its entries together, with its seal. */
        Batch: {
            by: components["schemas"]["Via"];
            clause: string;
            key: string;
            label: string;
            /**
             * @description It chooses among what it received before sending up (汇总评选).
             * @default false
             */
            selects: boolean;
            /** @default null */
            stage: string | null;
            /** @default false */
            stamped: boolean;
            /** @description The body that takes it. */
            to: string;
            /** @default {} */
            when: components["schemas"]["Condition"];
        };
        /** @description 类别. */
        Category: {
            /** @default null */
            clause: string | null;
            key: string;
            label: string;
            /**
             * @description 「其他」: the kind must be written out.
             * @default false
             */
            needs_text: boolean;
            /**
             * @description Kinds of subject it takes; empty: all.
             * @default []
             */
            subject: string[];
        };
        /** @description Which values a category takes. */
        CategoryRow: {
            category: string;
            is: string[];
        };
        /** @description An option of a choice. */
        ChoiceOption: {
            key: string;
            label: string;
        };
        /** @description 监督举报: where complaints about entrants go. */
        Complaint: {
            clause: string;
            /** @description Stage from whose first day on it is open. */
            from: string;
            key: string;
            label: string;
            /**
             * @description Tier of the office that is told at once.
             * @default null
             */
            reported_to: components["schemas"]["Tier"] | null;
            /** @default null */
            system: string | null;
            /** @description Tier of the office of the account's territory that takes it. */
            to: components["schemas"]["Tier"];
        };
        /** @description When something applies. Every part that is given must hold; an empty list holds always. */
        Condition: {
            /** @description Answers that must have one of the values. */
            answer?: components["schemas"]["AnswerIs"][];
            /** @description Categories, one of which it must be. */
            category?: string[];
            /** @description Routes, one of which it must be. */
            route?: string[];
            /** @description Kinds of subject, one of which it must be. */
            subject?: string[];
        };
        /** @description Whom to ask about one subject. */
        Contact: {
            /** @default null */
            clause: string | null;
            office: string;
            subject: string;
        };
        /** @description How a rank or value becomes points between 0 and 100. */
        Conversion: {
            /** @constant */
            by: "marks";
        } | {
            /** Format: uint32 */
            best: number;
            /** @constant */
            by: "rank_linear";
            /** Format: uint32 */
            worst: number;
        } | {
            /** @constant */
            by: "rank_table";
            row: components["schemas"]["RankRow"][];
        } | {
            /** @constant */
            by: "bands";
            row: components["schemas"]["Band"][];
        } | {
            /** @constant */
            by: "rank_open";
        };
        /** @description 评分标准: one heading of a rubric. */
        Criterion: {
            /** @default null */
            clause: string | null;
            /** @default [] */
            item: components["schemas"]["RubricItem"][];
            key: string;
            label: string;
            /**
             * Format: uint32
             * @description Full marks; the items add up to it. `None`: the notice leaves it open, then for all criteria of the rubric.
             * @default null
             */
            points: number | null;
        };
        /** @description 入围: a cut through the field with its cap. */
        Cut: {
            by: components["schemas"]["CutBy"];
            clause: string;
            /**
             * @description Exactly `max` pass, not fewer.
             * @default false
             */
            exact: boolean;
            key: string;
            label: string;
            /**
             * Format: uint32
             * @description At most this many pass, the number included; `None`: no cap, everybody who qualifies.
             * @default null
             */
            max: number | null;
            /**
             * @description What is counted: entries, or the units that recommended them.
             * @default entry
             */
            of: components["schemas"]["Honoured"];
            /**
             * @description What else may be found of an entry besides pass and fail.
             * @default []
             */
            outcome: components["schemas"]["Outcome"][];
            /**
             * Format: uint32
             * @description Of those that pass, how many are reserves for the next cut (替补).
             * @default 0
             */
            reserve: number;
            /** @default null */
            stage: string | null;
        };
        /** @description Who makes a cut. */
        CutBy: "office" | "experts" | "committee" | "approval" | "data";
        /** @description 承诺: a sentence the applicant confirms. */
        Declaration: {
            /** @default null */
            clause: string | null;
            key: string;
            text: string;
            /** @default {} */
            when: components["schemas"]["Condition"];
        };
        /** @description 后续材料、实践任务: something handed in after the application. */
        Deliverable: {
            clause: string;
            /**
             * @description Bodies that get a copy (抄送); offices only.
             * @default []
             */
            copy: string[];
            /**
             * Format: date
             * @description Last day, the day included; `None`: the window of `stage`.
             * @default null
             */
            due: string | null;
            /**
             * @description What is written down when it is handed in.
             * @default []
             */
            field: components["schemas"]["Field"][];
            key: string;
            kind: components["schemas"]["DeliverableKind"];
            label: string;
            /**
             * Format: uint32
             * @description At least this many, the number included (不少于1期).
             * @default 1
             */
            min: number;
            /**
             * @description The score part that is given up when it is missing.
             * @default null
             */
            part: string | null;
            /** @default null */
            stage: string | null;
            /**
             * @description It is written on a form, drawn by the pack's `deliverable.typ`.
             * @default false
             */
            template: boolean;
        };
        /** @description What is handed in. */
        DeliverableKind: "activity" | "report";
        /** @description What a rule that does not hold leads to. */
        Effect: "block" | "warn" | "ask";
        /** @description 报名入口: a way in, recorded with each entry. */
        Entrance: {
            clause: string;
            key: string;
            label: string;
        };
        /** @description What kind of file a slot takes. */
        EvidenceKind: "image" | "video" | "pdf" | "scan";
        /** @description 佐证材料: a place for files, with floor and ceiling. */
        EvidenceSlot: {
            /** @description What becomes of a picture that moves. */
            animation?: components["schemas"]["Animation"];
            /** @default null */
            clause: string | null;
            key: string;
            kind: components["schemas"]["EvidenceKind"];
            label: string;
            /**
             * Format: uint32
             * @description At most this many files, the number included.
             */
            max: number;
            /**
             * Format: uint32
             * @description Longest video in seconds, the number included (5分钟以内 = 300).
             * @default null
             */
            max_seconds: number | null;
            /**
             * Format: uint32
             * @description At least this many files, the number included; where an `any_evidence` rule names the slot, only once it holds one.
             * @default 0
             */
            min: number;
            /**
             * @description What happens when a video is longer.
             * @default null
             */
            seconds_effect: components["schemas"]["Effect"] | null;
            /**
             * @description The ink-stamped scan of the form itself.
             * @default false
             */
            stamped_form: boolean;
            /**
             * @description Suggested containers, e.g. `mp4`; another one is only warned about.
             * @default []
             */
            suggested: string[];
            /** @default {} */
            when: components["schemas"]["Condition"];
        };
        /** @description 字段: one cell of the form. */
        Field: {
            /**
             * @description The notice's form lacks this cell, though its rules need it.
             * @default false
             */
            added: boolean;
            /** @default null */
            clause: string | null;
            /**
             * @description A hint shown beside the cell.
             * @default null
             */
            hint: string | null;
            key: string;
            label: string;
            /**
             * @description Personal data: masked in lists, encrypted at rest.
             * @default false
             */
            personal: boolean;
            /** @default true */
            required: boolean;
            /**
             * @description Asked only then (账号不填); an answer given otherwise is refused.
             * @default {}
             */
            when: components["schemas"]["Condition"];
        } & ({
            /** @constant */
            kind: "text";
            /**
             * Format: uint32
             * @default 100
             */
            max_chars: number;
        } | {
            /** @constant */
            kind: "long_text";
            /** Format: uint32 */
            max_chars: number;
        } | {
            /** @constant */
            kind: "integer";
            /**
             * Format: int64
             * @default null
             */
            max: number | null;
            /**
             * Format: int64
             * @default 0
             */
            min: number;
        } | {
            /** @constant */
            kind: "percent";
        } | {
            /** @constant */
            kind: "date";
        } | {
            /** @constant */
            kind: "choice";
            options: components["schemas"]["ChoiceOption"][];
        } | {
            /** @constant */
            kind: "platform";
        } | {
            /** @constant */
            kind: "region";
        } | {
            /** @constant */
            kind: "telephone";
        } | {
            /** @constant */
            kind: "mobile";
        } | {
            /** @constant */
            kind: "email";
        } | {
            /** @constant */
            kind: "postcode";
        } | {
            /** @constant */
            kind: "address";
        } | {
            /** @constant */
            kind: "credit_code";
        } | {
            /** @constant */
            kind: "children";
            /**
             * Format: uint32
             * @default 200
             */
            max: number;
        } | {
            /** @constant */
            kind: "children_followers";
        });
        /** @description 数据: a figure that the source states about accounts or a territory; shown, never recomputed. */
        Figure: {
            /**
             * Format: date
             * @description Day or end of the period for which it holds.
             * @default null
             */
            as_of: string | null;
            clause: string;
            key: string;
            kind: components["schemas"]["FigureKind"];
            label: string;
            /** @default null */
            platform: string | null;
            /**
             * @description 约、近、超: the source says about, nearly or more than.
             * @default false
             */
            roughly: boolean;
            unit: string;
            /** @description Decimal digits with at most one point, exactly as stated (`93.04`). */
            value: string;
        };
        /** @description Kinds of figure. */
        FigureKind: "register" | "total" | "index";
        /** @description 申报表. */
        Form: {
            /** @default null */
            clause: string | null;
            /** @default [] */
            declaration: components["schemas"]["Declaration"][];
            /**
             * @description 双面打印: the form's PDF asks for both sides of the sheet when it is printed.
             * @default false
             */
            duplex: boolean;
            /** @default [] */
            field: components["schemas"]["Field"][];
            /**
             * @description Key of the field that names the subject.
             * @default
             */
            name_field: string;
            /**
             * @description Key of the field that names the operator (运营主体 or 主办单位).
             * @default
             */
            operator_field: string;
            /**
             * @description Key of the field that holds the platform, where there is one.
             * @default null
             */
            platform_field: string | null;
            /** @description Algorithms of the signatures under the form's seals. */
            signatures?: components["schemas"]["Signatures"];
            /**
             * @description Title printed on the form.
             * @default
             */
            title: string;
        };
        /** @description 转发: the notice went down one more level, with its own number and an earlier deadline. */
        Forward: {
            /** @description The body that forwarded it. */
            by: string;
            clause: string;
            /**
             * Format: date
             * @default null
             */
            issued: string | null;
            key: string;
            /**
             * @description 文号 of the covering letter.
             * @default null
             */
            number: string | null;
            /** @description Its window; `stage.within` names the level above. */
            stage: string;
        };
        /** @description 会议、培训、典礼: people are invited. */
        Gathering: {
            /**
             * @description Only entries that passed this cut.
             * @default null
             */
            after: string | null;
            clause: string;
            /**
             * Format: date
             * @default null
             */
            day: string | null;
            /**
             * @description Only those honoured so.
             * @default []
             */
            honour: string[];
            key: string;
            kind: components["schemas"]["GatheringKind"];
            label: string;
            /**
             * Format: uint32
             * @description About how many people.
             * @default null
             */
            size: number | null;
            /** @default null */
            stage: string | null;
        };
        /** @description Kinds of gathering. */
        GatheringKind: "training" | "ceremony" | "sharing" | "meeting";
        /** @description 向上推荐: those honoured here go on to another campaign. */
        HandOver: {
            /**
             * @description Some are chosen (择优、部分); otherwise all go.
             * @default false
             */
            chosen: boolean;
            clause: string;
            key: string;
            /**
             * @description Key of its pack, when it is in this system.
             * @default null
             */
            pack: string | null;
            /** @description Title of the other campaign, as printed. */
            to: string;
        };
        /** @description 奖项名额: an honour with its seats, or a published list (榜单). */
        Honour: {
            /**
             * @description Most winners of one territory or of one recommending body.
             * @default []
             */
            balance: components["schemas"]["Balance"][];
            /**
             * @description Categories it is drawn from; empty: all.
             * @default []
             */
            category: string[];
            clause: string;
            key: string;
            label: string;
            /**
             * @description Names that the source itself prints, in its order; an organiser's list only.
             * @default []
             */
            listed: components["schemas"]["Listed"][];
            /** @default entry */
            of: components["schemas"]["Honoured"];
            /**
             * Format: uint32
             * @description Places, the number included; `None`: the notice leaves it open (若干个).
             * @default null
             */
            seats: number | null;
            /**
             * Format: uint32
             * @description Proposed beyond the places, in order, in case one falls out (备选).
             * @default 0
             */
            spare: number;
        };
        /** @description What is honoured or counted. */
        Honoured: "entry" | "unit";
        /** @description One organising body and what it does. */
        Host: {
            /** @default null */
            clause: string | null;
            name: string;
            part: components["schemas"]["HostPart"];
        };
        /**
         * @description 指导单位、主办单位、承办单位、参与单位.
         * @enum {string}
         */
        HostPart: "guide" | "host" | "operator" | "participant";
        /** @description 数据指标: something measured for every entry and imported with its date. */
        Indicator: {
            /** @default null */
            clause: string | null;
            /**
             * Format: uint32
             * @description Places after the point.
             * @default 0
             */
            decimals: number;
            /**
             * Format: date
             * @description First day of what is measured.
             * @default null
             */
            from: string | null;
            key: string;
            label: string;
            /**
             * Format: date
             * @description Last day of what is measured, the day included.
             * @default null
             */
            to: string | null;
        };
        /** @description How entries come into being. */
        Intake: "application" | "organiser_list";
        /** @description 逾期视为放弃推荐: places of a late list are lost, not freed. */
        LateList: {
            clause: string;
            given_up: boolean;
        };
        /** @description Order of names on a list. */
        ListOrder: "rank" | "manual";
        /** @description One name of a list, verbatim. */
        Listed: {
            /** @description Account, medium, unit or title of a case. */
            name: string;
            /**
             * @description Whose case it is.
             * @default null
             */
            owner: string | null;
        };
        /** @description Paper or file. */
        Medium: "paper" | "electronic";
        /** @description 未参加某项: what a missing part does to the total. */
        MissingPart: "forfeit" | "reweight" | "leave_out";
        /** @description 被推荐账号需…进行报名: a nomination alone is no entry. */
        MustRegister: {
            clause: string;
            /** @description Stage whose window it must keep. */
            stage: string;
        };
        /** @description 推荐表: the list on which a body names what it recommends. */
        NominationList: {
            /** @default [] */
            accepts: components["schemas"]["Medium"][];
            by: components["schemas"]["Via"];
            clause: string;
            /**
             * Format: date
             * @description Last day, the day included; `None`: the notice gives none, the organiser must set it.
             * @default null
             */
            closes: string | null;
            /**
             * @description The cells of each row.
             * @default []
             */
            column: components["schemas"]["Field"][];
            /**
             * @description Key of the head field that counts the rows; computed, never typed (推荐数量).
             * @default null
             */
            counted: string | null;
            /**
             * @description It is an official form, drawn by the pack's `nomination.typ`.
             * @default false
             */
            form: boolean;
            /**
             * @description Head and foot of the list.
             * @default []
             */
            head: components["schemas"]["Field"][];
            key: string;
            /** @description Title printed on the list. */
            label: string;
            /**
             * @description What a late list means.
             * @default null
             */
            late: components["schemas"]["LateList"] | null;
            /**
             * @description What is nominated must also be registered by its owner in the window.
             * @default null
             */
            must_register: components["schemas"]["MustRegister"] | null;
            /**
             * Format: uint32
             * @description Most names in each category, the number included.
             */
            per_category: number;
            /** @default null */
            stage: string | null;
            /**
             * @description It carries the seal of the body.
             * @default false
             */
            stamped: boolean;
        };
        /** @description Findings of a cut. */
        Outcome: "pass" | "exclude" | "verify";
        /** @description The campaign above this one. */
        Parent: {
            clause: string;
            /**
             * Format: date
             * @description Last day on which the parent takes what this campaign hands up.
             * @default null
             */
            closes: string | null;
            /**
             * @description Key of the parent's pack, when it is in this system.
             * @default null
             */
            key: string | null;
            title: string;
        };
        /** @description Where the points of a part come from. */
        PartSource: "index" | "vote" | "experts" | "benefit";
        /** @description 活动时间: first and last day of the whole campaign, both included. */
        Period: {
            /** @default null */
            clause: string | null;
            /** Format: date */
            closes: string;
            /** Format: date */
            opens: string;
        };
        /** @description Fewest and most picks, both included. */
        Picks: {
            /** Format: uint32 */
            max: number;
            /** Format: uint32 */
            min: number;
        };
        /** @description A platform that accounts live on. */
        Platform: {
            key: string;
            label: string;
        };
        /** @description 网络投票、展播点赞. What the notice leaves open is absent and must be decided before the first ballot. */
        Poll: {
            /**
             * @description Only entries that passed this cut stand in it.
             * @default null
             */
            after: string | null;
            /**
             * @description Where votes come from.
             * @default []
             */
            channel: components["schemas"]["PollChannel"][];
            clause: string;
            label: string;
            /**
             * @description What becomes of ballots that one voter casts by several ways.
             * @default null
             */
            merge: components["schemas"]["PollMerge"] | null;
            /**
             * @description The score part it feeds; absent: advisory only (仅供参考).
             * @default null
             */
            part: string | null;
            /**
             * Format: uint32
             * @description Most votes of one voter for one candidate in a period.
             * @default null
             */
            per_candidate: number | null;
            /**
             * Format: uint32
             * @description Most picks in one category on one ballot.
             * @default null
             */
            per_category: number | null;
            /**
             * @description How often a voter may cast a ballot.
             * @default null
             */
            period: components["schemas"]["PollPeriod"] | null;
            /**
             * @description Fewest and most picks on one ballot, both included; equal: exactly so many.
             * @default null
             */
            picks: components["schemas"]["Picks"] | null;
            /** @default null */
            stage: string | null;
            /**
             * @description When totals can be seen.
             * @default null
             */
            totals: components["schemas"]["Totals"] | null;
            /**
             * @description Who counts as one voter.
             * @default null
             */
            unit: components["schemas"]["PollUnit"] | null;
        };
        /**
         * @description A way to vote.
         * @enum {string}
         */
        PollChannel: "mini_program" | "web";
        /** @description One voter on several ways. */
        PollMerge: "one_voter" | "apart" | "both_void";
        /** @description How often. */
        PollPeriod: "day" | "whole";
        /** @description One voter is one … */
        PollUnit: "openid" | "phone" | "identity" | "ip";
        /** @description 奖牌、证书: something printed for those honoured. */
        Print: {
            clause: string;
            /**
             * @description Honours it is for; empty: all.
             * @default []
             */
            honour: string[];
            /**
             * @description In whose name it is issued, where the notice says so.
             * @default null
             */
            issuer: string | null;
            key: string;
            kind: components["schemas"]["PrintKind"];
        };
        /** @description What is printed. */
        PrintKind: "plaque" | "certificate" | "commendation";
        /** @description The shape of a subject; the rules for matrices look at it. */
        Profile: ("account" | "website") | "matrix" | "case" | "unit";
        /** @description The series of a campaign and the edition in it (S0-01: earlier editions are campaigns of their own). */
        Program: {
            /** @default null */
            clause: string | null;
            /** @description As the notice counts: 第三届, 2022年. */
            edition: string;
            key: string;
            label: string;
        };
        /** @description 榜单发布: how the lists come out. */
        Publication: {
            /** @default null */
            clause: string | null;
            /** @default rank */
            order: components["schemas"]["ListOrder"];
            /**
             * @description One body may stand on several lists.
             * @default false
             */
            several: boolean;
            /**
             * @description Who signs before it goes out, in order (编辑、审核).
             * @default []
             */
            sign_off: components["schemas"]["SignOff"][];
            /**
             * @description One list after another (先后发布), each by an act of its own.
             * @default false
             */
            staged: boolean;
        };
        /** @description 宣传推广. */
        Publicity: {
            /**
             * @description Asked of those who take part; a person looks at it, nobody is excluded by it alone.
             * @default false
             */
            asked_of_entrants: boolean;
            /**
             * @description The body that does it.
             * @default null
             */
            by: string | null;
            clause: string;
            key: string;
            kind: components["schemas"]["PublicityKind"];
            label: string;
            /** @default null */
            stage: string | null;
        };
        /** @description Kinds of publicity. */
        PublicityKind: "page" | "first_publication" | "press" | "repost" | "material";
        /** @description 推荐名额: how many entries one holder may have. */
        Quota: {
            clause: string;
            /**
             * @description Count each category apart (在5个类别中各推荐1个).
             * @default false
             */
            each_category: boolean;
            key: string;
            label: string;
            /**
             * Format: uint32
             * @description At most this many, the number included.
             */
            max: number;
            per: components["schemas"]["QuotaHolder"];
            /**
             * @description When a place is taken.
             * @default submission
             */
            taken: components["schemas"]["QuotaTaken"];
            /**
             * @description Which entries count.
             * @default {}
             */
            when: components["schemas"]["Condition"];
        };
        /** @description Who holds the places of a quota. */
        QuotaHolder: "agency" | "operator" | "applicant" | "campaign";
        /** @description The act that uses a place. */
        QuotaTaken: "submission" | "nomination";
        /** @description Ranks up to and including `up_to` earn `points` hundredths. */
        RankRow: {
            /** Format: uint32 */
            points: number;
            /** Format: uint32 */
            up_to: number;
        };
        /** @description 纸质版、电子版: a way in which the material arrives; a clerk ticks it off. */
        Receipt: {
            clause: string;
            key: string;
            label: string;
            medium: components["schemas"]["Medium"];
            /** @default true */
            required: boolean;
            /** @default null */
            stage: string | null;
        };
        /** @description An opening or contradiction of the original and how the pack reads it. */
        Remark: {
            /** @default null */
            clause: string | null;
            key: string;
            text: string;
        };
        /** @description 逐级审核: one step of the chain. */
        ReviewStep: {
            /** @default null */
            clause: string | null;
            key: string;
            label: string;
            /**
             * @description All must endorse, or one is enough.
             * @default all
             */
            mode: components["schemas"]["StepMode"];
            /**
             * @description Passed over when no agency of the tier and system stands above the entry (units without an office here).
             * @default false
             */
            optional: boolean;
            /**
             * Format: uint32
             * @description Days a returned applicant has to answer.
             * @default 3
             */
            return_days: number;
            /** @default [] */
            slot: components["schemas"]["StampSlot"][];
            /**
             * @description The stage by whose end it is taken, unless that stage takes applications; what came late with leave or back from a slip
             *     may still be dealt with.
             * @default null
             */
            stage: string | null;
            /** @description Their systems; two or more act together (会签). */
            system: string[];
            /** @description Tier of the agencies that act. */
            tier: components["schemas"]["Tier"];
            /**
             * @description Passed over otherwise (the county's box stays empty on the direct route).
             * @default {}
             */
            when: components["schemas"]["Condition"];
        };
        /** @description 申报途径: who brings an entry in. */
        Route: {
            /** @default null */
            clause: string | null;
            key: string;
            label: string;
            /**
             * @description The agency through which it goes; absent: the applicant registers alone.
             * @default null
             */
            via: components["schemas"]["Via"] | null;
        };
        /** @description 评分细则: what experts mark, point by point. */
        Rubric: {
            clause: string;
            criterion: components["schemas"]["Criterion"][];
            key: string;
            label: string;
            /**
             * Format: uint32
             * @description Full marks; the criteria add up to it.
             */
            total: number;
        };
        /** @description One line of a criterion. */
        RubricItem: {
            /**
             * @description How the value becomes points (hundredths); empty: the notice leaves it open.
             * @default []
             */
            band: components["schemas"]["Band"][];
            clause: string;
            /**
             * @description Comes from this measured value instead of a mark.
             * @default null
             */
            indicator: string | null;
            key: string;
            label: string;
            /** Format: uint32 */
            points: number;
        };
        /** @description One rule of the notice with its clause and its effect. */
        Rule: {
            clause: string;
            /** @default block */
            effect: components["schemas"]["Effect"];
            key: string;
            /** @default {} */
            when: components["schemas"]["Condition"];
        } & ({
            field: string;
            /**
             * @description 以上 includes the number (民法典 art. 1259); write `false` for 超过.
             * @default true
             */
            inclusive: boolean;
            /** @constant */
            kind: "at_least";
            /** Format: int64 */
            min: number;
        } | {
            field: string;
            /** @default true */
            inclusive: boolean;
            /** @constant */
            kind: "at_most";
            /** Format: int64 */
            max: number;
        } | {
            field: string;
            /** @constant */
            kind: "threshold_table";
            /** @default null */
            level_field: string | null;
            platform_field: string;
            row: components["schemas"]["ThresholdRow"][];
        } | {
            field: string;
            /** @constant */
            kind: "platform_named";
            /** @default false */
            open: boolean;
        } | {
            field: string;
            /** @constant */
            kind: "matrix_children";
            /** Format: uint32 */
            min: number;
        } | {
            field: string;
            /** @constant */
            kind: "matrix_name";
            suffix: string;
        } | {
            field: string;
            /** @constant */
            kind: "matrix_exclusive";
        } | {
            /** @constant */
            kind: "one_route";
        } | {
            /** @constant */
            kind: "same_name";
        } | {
            field: string;
            /** @constant */
            kind: "category_takes";
            row: components["schemas"]["CategoryRow"][];
        } | {
            field: string;
            is: string[];
            /** @constant */
            kind: "answer_among";
        } | {
            /** @constant */
            kind: "person_decides";
            what: string;
        } | {
            /** @constant */
            kind: "any_evidence";
            slot: string[];
        } | {
            /**
             * Format: date
             * @description The period ends on this day.
             */
            anchor: string;
            /** @constant */
            kind: "negative_list";
            list: string;
            /**
             * Format: uint32
             * @description Length of the period; absent: however long ago.
             * @default null
             */
            years: number | null;
        } | {
            field: string;
            /** Format: date */
            from: string;
            /** @constant */
            kind: "counted_between";
            /** Format: date */
            to: string;
        } | {
            field: string;
            /** @constant */
            kind: "in_territory";
        });
        /** @description Whose entries a body follows. */
        Scope: "region" | "system" | "all";
        /** @description 综合评分: how the parts add up. */
        Score: {
            /** @default null */
            clause: string | null;
            /**
             * Format: uint32
             * @description Places after the point in a published score; `None`: the notice leaves it open.
             * @default null
             */
            decimals: number | null;
            /** @description The parts; those with a weight add up to 100. */
            part: components["schemas"]["ScorePart"][];
            /**
             * @description How equal scores are put in order; `None`: the notice leaves it open.
             * @default null
             */
            ties: components["schemas"]["Ties"] | null;
        };
        /** @description One part of the composite score. */
        ScorePart: {
            clause: string;
            /**
             * @description How a rank or a measured value becomes points; `None`: open.
             * @default null
             */
            conversion: components["schemas"]["Conversion"] | null;
            /**
             * @description The measured data it comes from.
             * @default []
             */
            indicator: string[];
            key: string;
            label: string;
            /**
             * @description What happens to an entry that has nothing in this part; `None`: open.
             * @default null
             */
            missing: components["schemas"]["MissingPart"] | null;
            /**
             * @description What the experts mark by.
             * @default null
             */
            rubric: string | null;
            source: components["schemas"]["PartSource"];
            /**
             * @description Which window governs it.
             * @default null
             */
            stage: string | null;
            /**
             * Format: uint32
             * @description Whole per cent of the total; `None`: open, to be decided before publication.
             * @default null
             */
            weight: number | null;
        };
        /** @description One signature before publication. */
        SignOff: {
            /** @default null */
            clause: string | null;
            key: string;
            label: string;
        };
        /** @description Algorithms of signatures; the seals of one form have one kind, because some readers fail on a mixture. */
        Signatures: "international" | "sm2";
        /** @description 阶段: a stage with its window; days of Asia/Shanghai, both included. */
        Stage: {
            /**
             * @description What may be done in it.
             * @default []
             */
            act: components["schemas"]["StageAct"][];
            /** @default null */
            clause: string | null;
            /**
             * Format: date
             * @description Last day, to 23:59:59.999.
             */
            closes: string;
            key: string;
            label: string;
            /**
             * Format: date
             * @description First day, from 00:00:00.
             */
            opens: string;
            /**
             * Format: uint32
             * @description 宽限: for so many minutes after its last day a file that was on its way may still arrive, and its entry be handed in. With
             *     `act = ["apply"]` only, a day at most.
             */
            upload_grace_minutes?: number | null;
            /**
             * @description The stage of the level above, which this one may not outlast (a forwarded notice closes earlier).
             * @default null
             */
            within: string | null;
        };
        /** @description Kinds of act that a window governs. */
        StageAct: ("screen" | "vote" | "appraise") | "apply" | "nominate" | "review" | "announce" | "honour" | "deliver";
        /** @description 盖章处: a box on the form for one agency's opinion, date and seal. */
        StampSlot: {
            /** @default null */
            clause: string | null;
            key: string;
            label: string;
            /**
             * @description The step cannot be endorsed before it is stamped.
             * @default true
             */
            required: boolean;
            /** @description Which of the step's systems fills it. */
            system: string;
            /** @default {} */
            when: components["schemas"]["Condition"];
        };
        /** @description 推选标准: a standard that people judge. */
        Standard: {
            clause: string;
            /**
             * @description Data shown beside the judgement, as a percentile among the entries.
             * @default []
             */
            indicator: string[];
            key: string;
            label: string;
            /** @default judged */
            used: components["schemas"]["StandardUse"];
        };
        /** @description What a standard leads to. */
        StandardUse: "judged" | "gate" | "scored";
        /** @description 会签: how partners count. */
        StepMode: "all" | "any";
        /** @description 推选对象: what can be entered. */
        Subject: {
            /** @default null */
            clause: string | null;
            key: string;
            label: string;
            profile: components["schemas"]["Profile"];
        };
        /** @description One row of a threshold table. */
        ThresholdRow: {
            clause: string;
            /** @default true */
            inclusive: boolean;
            /**
             * @description Level key; absent: every level.
             * @default null
             */
            level: string | null;
            /** Format: int64 */
            min: number;
            /**
             * @description Platform keys; empty: every other platform.
             * @default []
             */
            platform: string[];
        };
        /** @description 层级 of a body. Territory and society tiers stand side by side, because societies do not follow territory. */
        Tier: ("national" | "province" | "city" | "county") | "association" | "society" | "unit";
        /** @description 同分: what decides between equal scores. */
        Ties: {
            /** @constant */
            by: "part";
            part: string;
        } | {
            /** @constant */
            by: "shared";
        } | {
            /** @constant */
            by: "committee";
        };
        /** @description When the public sees totals. */
        Totals: {
            /** @constant */
            shown: "live";
        } | {
            /** Format: uint32 */
            hour: number;
            /** @constant */
            shown: "daily";
        } | {
            /** @constant */
            shown: "at_end";
        } | {
            /** @constant */
            shown: "never";
        };
        /** @description Which agencies a route runs through. */
        Via: {
            /** @default null */
            system: string | null;
            tier: components["schemas"]["Tier"];
            /**
             * @description Tier of the agency right above it, where that matters (市直 units hang under the city).
             * @default null
             */
            under: components["schemas"]["Tier"] | null;
        };
        /**
         * Notice
         * @description 通知: everything that one edition of a campaign asks for.
         */
        Notice: {
            /**
             * @description Bodies the notice is addressed to.
             * @default []
             */
            addressee: components["schemas"]["Addressee"][];
            /**
             * @description Bodies that take part; loaded by `demo`, proposed at campaign set-up.
             * @default []
             */
            agency: components["schemas"]["AgencySeed"][];
            /**
             * @description 公示.
             * @default null
             */
            announcement: components["schemas"]["Announcement"] | null;
            /**
             * @description 任务分工.
             * @default []
             */
            assignment: components["schemas"]["Assignment"][];
            /**
             * @description 附件: files that come with the notice.
             * @default []
             */
            attachment: components["schemas"]["Attachment"][];
            /**
             * @description 统一报送: entries sent up together.
             * @default []
             */
            batch: components["schemas"]["Batch"][];
            /**
             * @description 类别.
             * @default []
             */
            category: components["schemas"]["Category"][];
            /**
             * @description 监督举报.
             * @default []
             */
            complaint: components["schemas"]["Complaint"][];
            /**
             * @description Whom to ask about what; offices only, never a person's name or mobile number.
             * @default []
             */
            contact: components["schemas"]["Contact"][];
            /**
             * @description 初筛、复审、终评: cuts in their order.
             * @default []
             */
            cut: components["schemas"]["Cut"][];
            /**
             * @description 后续材料、实践任务.
             * @default []
             */
            deliverable: components["schemas"]["Deliverable"][];
            /**
             * @description 报名入口.
             * @default []
             */
            entrance: components["schemas"]["Entrance"][];
            /**
             * @description 佐证材料.
             * @default []
             */
            evidence: components["schemas"]["EvidenceSlot"][];
            /**
             * @description Figures stated by the source.
             * @default []
             */
            figure: components["schemas"]["Figure"][];
            /**
             * @description 申报表.
             * @default {
             *       "clause": null,
             *       "declaration": [],
             *       "duplex": false,
             *       "field": [],
             *       "name_field": "",
             *       "operator_field": "",
             *       "platform_field": null,
             *       "title": ""
             *     }
             */
            form: components["schemas"]["Form"];
            /**
             * Format: uint32
             * @description Version of the pack format; 1.
             */
            format: number;
            /**
             * @description How the notice went down level by level, where it was forwarded.
             * @default []
             */
            forward: components["schemas"]["Forward"][];
            /**
             * @description 会议、培训、典礼.
             * @default []
             */
            gathering: components["schemas"]["Gathering"][];
            /**
             * @description 向上推荐.
             * @default []
             */
            hand_over: components["schemas"]["HandOver"][];
            /**
             * @description 奖项名额、榜单.
             * @default []
             */
            honour: components["schemas"]["Honour"][];
            /**
             * @description 指导、主办、承办、参与.
             * @default []
             */
            host: components["schemas"]["Host"][];
            /**
             * @description Measured data that standards, scores and rubrics look at.
             * @default []
             */
            indicator: components["schemas"]["Indicator"][];
            /**
             * @description How entries come in.
             * @default application
             */
            intake: components["schemas"]["Intake"];
            /**
             * Format: date
             * @description Date of issue.
             * @default null
             */
            issued: string | null;
            /** @description The pack's own name and the name of its folder, e.g. `bozhou-2022`. */
            key: string;
            /**
             * @description 推荐表: lists on which bodies name what they recommend.
             * @default []
             */
            nomination: components["schemas"]["NominationList"][];
            /**
             * @description 文号, where the notice has one.
             * @default null
             */
            number: string | null;
            /**
             * @description The campaign above, when this one was called under it.
             * @default null
             */
            parent: components["schemas"]["Parent"] | null;
            /**
             * @description 活动时间: the whole campaign; every stage lies inside.
             * @default null
             */
            period: components["schemas"]["Period"] | null;
            /**
             * @description Platforms named by the notice.
             * @default []
             */
            platform: components["schemas"]["Platform"][];
            /**
             * @description 网络投票、展播点赞.
             * @default null
             */
            poll: components["schemas"]["Poll"] | null;
            /**
             * @description 奖牌、证书.
             * @default []
             */
            print: components["schemas"]["Print"][];
            /** @description The series this edition belongs to, and which edition it is. */
            program: components["schemas"]["Program"];
            /**
             * @description How lists come out.
             * @default null
             */
            publication: components["schemas"]["Publication"] | null;
            /**
             * @description 宣传推广.
             * @default []
             */
            publicity: components["schemas"]["Publicity"][];
            /**
             * @description 推荐名额.
             * @default []
             */
            quota: components["schemas"]["Quota"][];
            /**
             * @description 纸质版、电子版: ways in which the material must arrive.
             * @default []
             */
            receipt: components["schemas"]["Receipt"][];
            /** @description GB/T 2260 code of the territory, six digits. */
            region: string;
            /**
             * @description What the organiser should know or decide: openings and contradictions of the notice.
             * @default []
             */
            remark: components["schemas"]["Remark"][];
            /**
             * @description 申报途径.
             * @default []
             */
            route: components["schemas"]["Route"][];
            /**
             * @description 评分细则.
             * @default []
             */
            rubric: components["schemas"]["Rubric"][];
            /**
             * @description Eligibility and consistency.
             * @default []
             */
            rule: components["schemas"]["Rule"][];
            /**
             * @description 综合评分.
             * @default null
             */
            score: components["schemas"]["Score"] | null;
            /**
             * @description SHA-256 (hex) of the original text's bytes; a general template has none.
             * @default null
             */
            source_sha256: string | null;
            /**
             * @description Stages with their windows.
             * @default []
             */
            stage: components["schemas"]["Stage"][];
            /**
             * @description 推选标准: what people judge.
             * @default []
             */
            standard: components["schemas"]["Standard"][];
            /**
             * @description 审核 step by step, with the boxes for seals.
             * @default []
             */
            step: components["schemas"]["ReviewStep"][];
            /**
             * @description What can be entered: an account, a website, a matrix …
             * @default []
             */
            subject: components["schemas"]["Subject"][];
            /** @description Title as printed. */
            title: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
