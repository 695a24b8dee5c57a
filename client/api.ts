// Written by npm run openapi from docs/openapi.json: change http/routes.ts instead.

export type Problem = { type: string; title: string; status: number; detail: string; instance: string; errors?: ({ path: string; message: string; })[]; offer?: { kind: "LOAN"; amountCents: number; termMonths: number; originationFeeCents: number; amountFinancedCents: number; paymentCents: number; finalPaymentCents: number; financeChargeCents: number; totalOfPaymentsCents: number; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; } | { kind: "LINE"; limitCents: number; plan: string; subscriptionFeeCents: number; feeTreatment: "PARTICIPATION_FEE" | "FINANCE_CHARGE"; drawDays: number; totalCostCents: number; allInRate: string; costInWords: string; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; }; };

export type SubmitApplicationRequest = { applicationId: string; applicant: { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; email: string; phone?: string; address: { street: string; city: string; state: "AL" | "AK" | "AZ" | "AR" | "CA" | "CO" | "CT" | "DE" | "DC" | "FL" | "GA" | "HI" | "ID" | "IL" | "IN" | "IA" | "KS" | "KY" | "LA" | "ME" | "MD" | "MA" | "MI" | "MN" | "MS" | "MO" | "MT" | "NE" | "NV" | "NH" | "NJ" | "NM" | "NY" | "NC" | "ND" | "OH" | "OK" | "OR" | "PA" | "RI" | "SC" | "SD" | "TN" | "TX" | "UT" | "VT" | "VA" | "WA" | "WV" | "WI" | "WY" | "AS" | "FM" | "GU" | "MH" | "MP" | "PR" | "PW" | "VI" | "AA" | "AE" | "AP"; zip: string; }; }; income?: { annualGrossCents: number; lowIncomeConfirmed?: true; } | null; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | null; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; } | null; consents: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; prequalification?: string; product: "personal-loan"; request: { amountCents: number; termMonths: 36 | 60; purpose: "DEBT_CONSOLIDATION" | "HOME_IMPROVEMENT" | "MAJOR_PURCHASE" | "MEDICAL" | "OTHER"; }; } | { applicationId: string; applicant: { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; email: string; phone?: string; address: { street: string; city: string; state: "AL" | "AK" | "AZ" | "AR" | "CA" | "CO" | "CT" | "DE" | "DC" | "FL" | "GA" | "HI" | "ID" | "IL" | "IN" | "IA" | "KS" | "KY" | "LA" | "ME" | "MD" | "MA" | "MI" | "MN" | "MS" | "MO" | "MT" | "NE" | "NV" | "NH" | "NJ" | "NM" | "NY" | "NC" | "ND" | "OH" | "OK" | "OR" | "PA" | "RI" | "SC" | "SD" | "TN" | "TX" | "UT" | "VT" | "VA" | "WA" | "WV" | "WI" | "WY" | "AS" | "FM" | "GU" | "MH" | "MP" | "PR" | "PW" | "VI" | "AA" | "AE" | "AP"; zip: string; }; }; income?: { annualGrossCents: number; lowIncomeConfirmed?: true; } | null; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | null; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; } | null; consents: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; prequalification?: string; product: "auto-loan"; request: { purpose: "PURCHASE" | "REFINANCE"; amountCents: number; termMonths: 36 | 48 | 60 | 72 | 84; vehicle: { year: number; mileage: number; valueCents: number; valueSource: "DEALER_INVOICE" | "GUIDE_BOOK" | "APPRAISAL"; }; downPaymentCents: number; tradeInValueCents: number; negativeEquityCents: number; gapCents: number; serviceContractCents: number; currentLoan?: { payoffCents: number; monthlyPaymentCents: number; } | null; }; } | { applicationId: string; applicant: { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; email: string; phone?: string; address: { street: string; city: string; state: "AL" | "AK" | "AZ" | "AR" | "CA" | "CO" | "CT" | "DE" | "DC" | "FL" | "GA" | "HI" | "ID" | "IL" | "IN" | "IA" | "KS" | "KY" | "LA" | "ME" | "MD" | "MA" | "MI" | "MN" | "MS" | "MO" | "MT" | "NE" | "NV" | "NH" | "NJ" | "NM" | "NY" | "NC" | "ND" | "OH" | "OK" | "OR" | "PA" | "RI" | "SC" | "SD" | "TN" | "TX" | "UT" | "VT" | "VA" | "WA" | "WV" | "WI" | "WY" | "AS" | "FM" | "GU" | "MH" | "MP" | "PR" | "PW" | "VI" | "AA" | "AE" | "AP"; zip: string; }; }; income?: { annualGrossCents: number; lowIncomeConfirmed?: true; } | null; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | null; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; } | null; consents: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; prequalification?: string; product: "credit-line"; request: { limitCents?: number | null; plan: "BASIC" | "PLUS"; }; deposits?: { averageMonthlyNetCents: number; payFrequency: "WEEKLY" | "BIWEEKLY" | "SEMI_MONTHLY" | "MONTHLY"; } | null; };

export type ApplicationStatus = { applicationId: string; product: string; receivedAt: string; receivedOn: string; status: "IN_PROGRESS" | "IN_REVIEW" | "PENDING_APPLICANT" | "NEEDS_ATTENTION" | "DECIDED" | "ENDED" | "FORGOTTEN"; decision: { outcome: "APPROVE" | "COUNTEROFFER" | "DECLINE" | "NOT_OFFERED" | "INCOMPLETE" | "WITHDRAWN"; decidedAt: string; offers: ({ kind: "LOAN"; amountCents: number; termMonths: number; originationFeeCents: number; amountFinancedCents: number; paymentCents: number; finalPaymentCents: number; financeChargeCents: number; totalOfPaymentsCents: number; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; netProceedsCents: number; paidTo: ({ payee: "APPLICANT" | "DEALER" | "CURRENT_LENDER" | "TRADE_IN_LENDER" | "ADDED_PRODUCTS"; amountCents: number; })[]; shortfallCents: number; } | { kind: "LINE"; limitCents: number; plan: string; subscriptionFeeCents: number; feeTreatment: "PARTICIPATION_FEE" | "FINANCE_CHARGE"; drawDays: number; totalCostCents: number; allInRate: string; costInWords: string; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; netProceedsCents: number; repaidCents: number; })[]; conditions: (string)[]; reasons: ({ code: string; text: string; })[]; missing: ({ path: string; ask: string; })[]; completeBy: string | null; noticeDueOn: string; closed: { state: "ACCEPTED" | "BOOKED" | "LAPSED" | "WITHDRAWN"; at: string; } | null; } | null; };

export type PrequalifyRequest = { applicant: { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; email: string; phone?: string; address: { street: string; city: string; state: "AL" | "AK" | "AZ" | "AR" | "CA" | "CO" | "CT" | "DE" | "DC" | "FL" | "GA" | "HI" | "ID" | "IL" | "IN" | "IA" | "KS" | "KY" | "LA" | "ME" | "MD" | "MA" | "MI" | "MN" | "MS" | "MO" | "MT" | "NE" | "NV" | "NH" | "NJ" | "NM" | "NY" | "NC" | "ND" | "OH" | "OK" | "OR" | "PA" | "RI" | "SC" | "SD" | "TN" | "TX" | "UT" | "VT" | "VA" | "WA" | "WV" | "WI" | "WY" | "AS" | "FM" | "GU" | "MH" | "MP" | "PR" | "PW" | "VI" | "AA" | "AE" | "AP"; zip: string; }; }; income?: { annualGrossCents: number; lowIncomeConfirmed?: true; } | null; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | null; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; } | null; product: "personal-loan"; request: { amountCents: number; termMonths: 36 | 60; purpose: "DEBT_CONSOLIDATION" | "HOME_IMPROVEMENT" | "MAJOR_PURCHASE" | "MEDICAL" | "OTHER"; }; prequalificationId: string; consents: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; } | { applicant: { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; email: string; phone?: string; address: { street: string; city: string; state: "AL" | "AK" | "AZ" | "AR" | "CA" | "CO" | "CT" | "DE" | "DC" | "FL" | "GA" | "HI" | "ID" | "IL" | "IN" | "IA" | "KS" | "KY" | "LA" | "ME" | "MD" | "MA" | "MI" | "MN" | "MS" | "MO" | "MT" | "NE" | "NV" | "NH" | "NJ" | "NM" | "NY" | "NC" | "ND" | "OH" | "OK" | "OR" | "PA" | "RI" | "SC" | "SD" | "TN" | "TX" | "UT" | "VT" | "VA" | "WA" | "WV" | "WI" | "WY" | "AS" | "FM" | "GU" | "MH" | "MP" | "PR" | "PW" | "VI" | "AA" | "AE" | "AP"; zip: string; }; }; income?: { annualGrossCents: number; lowIncomeConfirmed?: true; } | null; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | null; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; } | null; product: "auto-loan"; request: { purpose: "PURCHASE" | "REFINANCE"; amountCents: number; termMonths: 36 | 48 | 60 | 72 | 84; vehicle: { year: number; mileage: number; valueCents: number; valueSource: "DEALER_INVOICE" | "GUIDE_BOOK" | "APPRAISAL"; }; downPaymentCents: number; tradeInValueCents: number; negativeEquityCents: number; gapCents: number; serviceContractCents: number; currentLoan?: { payoffCents: number; monthlyPaymentCents: number; } | null; }; prequalificationId: string; consents: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; } | { applicant: { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; email: string; phone?: string; address: { street: string; city: string; state: "AL" | "AK" | "AZ" | "AR" | "CA" | "CO" | "CT" | "DE" | "DC" | "FL" | "GA" | "HI" | "ID" | "IL" | "IN" | "IA" | "KS" | "KY" | "LA" | "ME" | "MD" | "MA" | "MI" | "MN" | "MS" | "MO" | "MT" | "NE" | "NV" | "NH" | "NJ" | "NM" | "NY" | "NC" | "ND" | "OH" | "OK" | "OR" | "PA" | "RI" | "SC" | "SD" | "TN" | "TX" | "UT" | "VT" | "VA" | "WA" | "WV" | "WI" | "WY" | "AS" | "FM" | "GU" | "MH" | "MP" | "PR" | "PW" | "VI" | "AA" | "AE" | "AP"; zip: string; }; }; income?: { annualGrossCents: number; lowIncomeConfirmed?: true; } | null; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | null; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; } | null; product: "credit-line"; request: { limitCents?: number | null; plan: "BASIC" | "PLUS"; }; deposits?: { averageMonthlyNetCents: number; payFrequency: "WEEKLY" | "BIWEEKLY" | "SEMI_MONTHLY" | "MONTHLY"; } | null; prequalificationId: string; consents: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; };

export type PrequalifyAnswer = { prequalificationId: string; outcome: "QUOTED" | "NO_QUOTE"; message: string; quotedAt: string; validUntil: string | null; offers: ({ kind: "LOAN"; amountCents: number; termMonths: number; originationFeeCents: number; amountFinancedCents: number; paymentCents: number; finalPaymentCents: number; financeChargeCents: number; totalOfPaymentsCents: number; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; } | { kind: "LINE"; limitCents: number; plan: string; subscriptionFeeCents: number; feeTreatment: "PARTICIPATION_FEE" | "FINANCE_CHARGE"; drawDays: number; totalCostCents: number; allInRate: string; costInWords: string; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; })[]; repeated: boolean; };

export type ListConsentTextsAnswer = { texts: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; version: string; text: string; from: string; until: string | null; })[]; };

export type GetOffersAnswer = { applicationId: string; decision: string | null; state: "NONE" | "OPEN" | "ACCEPTED" | "BOOKED" | "LAPSED" | "WITHDRAWN"; acceptedOfferId: string | null; offers: ({ kind: "LOAN"; amountCents: number; termMonths: number; originationFeeCents: number; amountFinancedCents: number; paymentCents: number; finalPaymentCents: number; financeChargeCents: number; totalOfPaymentsCents: number; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; netProceedsCents: number; paidTo: ({ payee: "APPLICANT" | "DEALER" | "CURRENT_LENDER" | "TRADE_IN_LENDER" | "ADDED_PRODUCTS"; amountCents: number; })[]; shortfallCents: number; } | { kind: "LINE"; limitCents: number; plan: string; subscriptionFeeCents: number; feeTreatment: "PARTICIPATION_FEE" | "FINANCE_CHARGE"; drawDays: number; totalCostCents: number; allInRate: string; costInWords: string; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; netProceedsCents: number; repaidCents: number; })[]; conditions: (string)[]; conditionsOpen: (string)[]; clearBy: string | null; };

export type AcceptOfferAnswer = { applicationId: string; offerId: string; acceptedAt: string; terms: { kind: "LOAN"; amountCents: number; termMonths: number; originationFeeCents: number; amountFinancedCents: number; paymentCents: number; finalPaymentCents: number; financeChargeCents: number; totalOfPaymentsCents: number; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; } | { kind: "LINE"; limitCents: number; plan: string; subscriptionFeeCents: number; feeTreatment: "PARTICIPATION_FEE" | "FINANCE_CHARGE"; drawDays: number; totalCostCents: number; allInRate: string; costInWords: string; offerId: string; expiresOn: string; annualRateBasisPoints: number; apr: string; mapr: string; boundBy: string; }; firstPaymentOn: string | null; booking: string; booked: boolean; conditions: (string)[]; conditionsOpen: (string)[]; clearBy: string | null; repeated: boolean; };

export type ReopenDecisionRequest = { why: "OFFER_EXPIRED" | "REPORT_STALE" | "REVIEW_REQUESTED"; consent?: { textVersion: string; givenAt: string; }; };

export type ReopenDecisionAnswer = { applicationId: string; decision: string; number: number; why: "OFFER_EXPIRED" | "REPORT_STALE" | "POLICY_AFFECTED" | "REVIEW_REQUESTED" | "COMPLETED" | "CORRECTED"; reopenedAt: string; repeated: boolean; };

export type CompleteApplicationRequest = { income?: { annualGrossCents: number; lowIncomeConfirmed?: true; }; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; }; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; }; request?: { [name: string]: unknown; }; deposits?: { averageMonthlyNetCents: number; payFrequency: "WEEKLY" | "BIWEEKLY" | "SEMI_MONTHLY" | "MONTHLY"; }; consents?: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; };

export type CompleteApplicationAnswer = { applicationId: string; decision: string; number: number; amendedAt: string; repeated: boolean; };

export type CorrectApplicationRequest = { income?: { annualGrossCents: number; lowIncomeConfirmed?: true; }; employment?: { status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; }; housing?: { status: "OWN" | "MORTGAGE" | "RENT" | "OTHER"; monthlyPaymentCents: number; }; request?: { [name: string]: unknown; }; deposits?: { averageMonthlyNetCents: number; payFrequency: "WEEKLY" | "BIWEEKLY" | "SEMI_MONTHLY" | "MONTHLY"; }; consents?: ({ kind: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; textVersion: string; givenAt: string; })[]; };

export type CorrectApplicationAnswer = { applicationId: string; decision: string; number: number; amendedAt: string; repeated: boolean; };

export type WithdrawApplicationAnswer = { applicationId: string; withdrawnAt: string; decision: string | null; repeated: boolean; };

export type GetNoticesAnswer = { applicationId: string; notices: ({ address: string; kind: "APPROVAL" | "COUNTEROFFER" | "ADVERSE_ACTION" | "INCOMPLETENESS" | "NOT_OFFERED" | "WITHDRAWAL" | "CREDIT_SCORE_DISCLOSURE" | "RISK_BASED_PRICING" | "AUTOMATED_DECISION_EXPLANATION"; template: string; language: string; channel: string; dueOn: string; issuedAt: string; })[]; };

export type GetNoticeAnswer = { notice: { [name: string]: unknown; }; file: { mediaType: string; content: string; } | null; };

export type GetDocumentRequestAnswer = { at: string; by: string; answerBy: string; text: string; };

export type ListApplicationsAnswer = { applications: ({ applicationId: string; product: string; receivedAt: string; receivedOn: string; status: "IN_PROGRESS" | "IN_REVIEW" | "PENDING_APPLICANT" | "NEEDS_ATTENTION" | "DECIDED" | "ENDED" | "FORGOTTEN"; decision: { decidedAt: string; decidedOn: string; outcome: "APPROVE" | "COUNTEROFFER" | "DECLINE" | "NOT_OFFERED" | "INCOMPLETE" | "WITHDRAWN"; reasons: (string)[]; superseded: boolean; } | null; outcome: "APPROVE" | "COUNTEROFFER" | "DECLINE" | "NOT_OFFERED" | "INCOMPLETE" | "WITHDRAWN" | null; })[]; next: string | null; };

export type GetApplicantDataAnswer = { applicationId: string; identity: { [name: string]: unknown; }; applications: ({ [name: string]: unknown; })[]; reports: ({ bureau: string; status: string; reportedOn: string | null; alerts: (string)[]; mismatches: (string)[]; attributes: { [name: string]: unknown; } | null; })[]; scores: ({ model: string; version: string; score: number | null; probabilityOfDefault: string | null; features: ({ name: string; meaning: string; unit: string; value: number | null; })[]; facts: ({ fact: string; effect: "FOR" | "AGAINST" | "NONE"; })[]; })[]; policies: ({ stage: "PRE_BUREAU" | "FULL"; outcome: string; rules: ({ rule: string; result: string; reasons: (string)[]; })[]; })[]; decisions: ({ decidedOn: string; outcome: string; decidedBy: "POLICY" | "PERSON"; reasons: (string)[]; policy: { id: string; version: string; } | null; })[]; };

export type ListTasksAnswer = { tasks: ({ applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; waitsFor: (string)[]; })[]; next: string | null; };

export type GetReviewAnswer = { applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; waitsFor: (string)[]; actions: ("APPROVE" | "DECLINE" | "CLEAR" | "REPULL" | "TAKE_POSTED" | "CONFIRM" | "REJECT" | "RESUME" | "REFER")[]; reasons: ({ code: string; text: string; from: "RULE" | "LIMIT" | "SCORE"; name: string; })[]; application: { [name: string]: unknown; }; reports: ({ [name: string]: unknown; })[]; score: { [name: string]: unknown; } | null; policy: { [name: string]: unknown; } | null; draft: { address: string; review: { [name: string]: unknown; }; } | null; reviews: ({ [name: string]: unknown; })[]; case: { applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; dueAt: string; hardStopAt: string; claim: { holder: string; by: string; at: string; until: string; } | null; request: { id: string; by: string; at: string; until: string; answerBy: string; } | null; conflicts: ({ by: string; role: string; at: string; })[]; reviewMinutes: number; comments: number; documents: number; } | null; comments: ({ at: string; by: string; from: "STAFF" | "APPLICANT"; text: string; })[]; requests: ({ at: string; by: string; answerBy: string; text: string; })[]; documents: ({ document: string; at: string; by: string; from: "STAFF" | "APPLICANT"; name: string; mediaType: string; bytes: number; })[]; };

export type GetHoldIdentityAnswer = { applicationId: string; holds: (string)[]; name: { firstName: string | null; lastName: string; }; address: { street: string; city: string; state: string; zip: string; }; dateOfBirth?: string; ssnLastFour?: string; telephone?: string; email?: string; contacts: ({ contact: number; alert: "FRAUD_INITIAL" | "FRAUD_EXTENDED" | "ACTIVE_DUTY" | "DECEASED" | "UNKNOWN"; method: "TELEPHONE" | "EMAIL" | "OTHER"; reach: string; })[]; };

export type SearchApplicantRequest = { firstName: string | null; lastName: string; dateOfBirth: string; ssn: string; };

export type SearchApplicantAnswer = { applications: ({ applicationId: string; product: string; receivedAt: string; receivedOn: string; status: "IN_PROGRESS" | "IN_REVIEW" | "PENDING_APPLICANT" | "NEEDS_ATTENTION" | "DECIDED" | "ENDED" | "FORGOTTEN"; outcome: "APPROVE" | "COUNTEROFFER" | "DECLINE" | "NOT_OFFERED" | "INCOMPLETE" | "WITHDRAWN" | null; })[]; };

export type CompleteTaskRequest = { task: string; action: "APPROVE" | "DECLINE" | "CLEAR" | "REPULL" | "TAKE_POSTED" | "CONFIRM" | "REJECT" | "RESUME" | "REFER"; confirmSecondInquiry?: "NOT_POSTED" | "REPORT_LOST"; consent?: { textVersion: string; givenAt: string; }; note: string; clears?: (string)[]; clearances?: ({ kind: "CONTACT"; contact: number; rule: string; by?: string; at: string; result: "CONFIRMED" | "DENIED" | "NOT_REACHED" | "INCONCLUSIVE"; } | { kind: "IN_PERSON"; document: "DRIVING_LICENSE" | "PASSPORT" | "STATE_ID" | "MILITARY_ID"; rule: string; by?: string; at: string; result: "CONFIRMED" | "DENIED" | "NOT_REACHED" | "INCONCLUSIVE"; } | { kind: "STEPS"; steps: ("GOVERNMENT_ID_SEEN" | "ADDRESS_DOCUMENT_SEEN" | "INDEPENDENT_NUMBER_CALLED" | "APPLICATION_CONFIRMED")[]; rule: string; by?: string; at: string; result: "CONFIRMED" | "DENIED" | "NOT_REACHED" | "INCONCLUSIVE"; } | { kind: "LIVING"; source: "SSA_RECORD" | "BUREAU_CORRECTION" | "IN_PERSON_WITH_PHOTO_ID"; rule: string; by?: string; at: string; result: "CONFIRMED" | "DENIED" | "NOT_REACHED" | "INCONCLUSIVE"; } | { kind: "DOCUMENTS"; documents: ({ part: "NAME"; document: "GOVERNMENT_ID" | "NAME_CHANGE_RECORD" | "BUREAU_CORRECTION"; } | { part: "DATE_OF_BIRTH"; document: "GOVERNMENT_ID" | "BIRTH_CERTIFICATE" | "BUREAU_CORRECTION"; } | { part: "SSN"; document: "SSA_VERIFICATION" | "BUREAU_CORRECTION"; } | { part: "ADDRESS"; document: "GOVERNMENT_ID" | "UTILITY_BILL" | "LEASE" | "BUREAU_CORRECTION"; })[]; rule: string; by?: string; at: string; result: "CONFIRMED" | "DENIED" | "NOT_REACHED" | "INCONCLUSIVE"; })[]; reasons?: ("AA01" | "AA02" | "AA03" | "AA04" | "AA05" | "AA06" | "AA07" | "AA08" | "AA09" | "AA10" | "AA11" | "AA12" | "AA13" | "AA14" | "AA15" | "AA16" | "AA17" | "AA18" | "AA19" | "AA20" | "AA21" | "AA22" | "AA23" | "AA24" | "AX01" | "AX02" | "AX03" | "AX04" | "AX05" | "AX06" | "AX07" | "AX08" | "AX09" | "AX10" | "AX11" | "AX12" | "AX13" | "AX14" | "AX15" | "AX16" | "AX17" | "AX18" | "AX19" | "AX20" | "AX21" | "AX22" | "AX23" | "AX24" | "AX25" | "AX26" | "AX27" | "AX28" | "AX29" | "AX30" | "AX31" | "AX32" | "AX33" | "AX34" | "AX35" | "AX36" | "AX37" | "AX38" | "AX39")[]; ownReason?: string; draft?: string; terms?: { amountCents: number; termMonths?: number | null; annualRateBasisPoints: number; }; };

export type CompleteTaskAnswer = { applicationId: string; action: string; evidence: string; awaits: { second: (string)[]; roles: (string)[]; } | null; };

export type ClearConditionRequest = { document: "PAY_STATEMENT" | "W2" | "TAX_RETURN" | "BANK_STATEMENT" | "BENEFIT_LETTER" | "EMPLOYER_STATEMENT"; source: "APPLICANT" | "EMPLOYER" | "BANK" | "GOVERNMENT" | "DEALER" | "VENDOR"; documentDate: string; annualGrossCents: number; } | { document: "DRIVERS_LICENSE" | "STATE_ID" | "PASSPORT" | "MILITARY_ID" | "OTHER_GOVERNMENT_ID"; source: "APPLICANT" | "EMPLOYER" | "BANK" | "GOVERNMENT" | "DEALER" | "VENDOR"; documentDate: string; nameMatches: boolean; dateOfBirthMatches: boolean; addressMatches: boolean; } | { document: "EMPLOYER_CALL" | "EMPLOYER_STATEMENT" | "PAY_STATEMENT" | "TAX_RETURN" | "BUSINESS_REGISTRATION"; source: "APPLICANT" | "EMPLOYER" | "BANK" | "GOVERNMENT" | "DEALER" | "VENDOR"; documentDate: string; status: "EMPLOYED" | "SELF_EMPLOYED" | "RETIRED" | "NOT_EMPLOYED"; yearsInJob: number | null; } | { document: "TITLE" | "TITLE_RECORD" | "REGISTRATION"; source: "APPLICANT" | "EMPLOYER" | "BANK" | "GOVERNMENT" | "DEALER" | "VENDOR"; documentDate: string; title: "CLEAN" | "BRANDED" | "OTHER_LIEN"; modelYear: number; mileage: number; };

export type ClearConditionAnswer = { applicationId: string; condition: string; result: "CLEARED" | "REVIEW_NEEDED"; contradictions: ("INCOME_BELOW_STATED" | "NAME_DIFFERS" | "DATE_OF_BIRTH_DIFFERS" | "ADDRESS_DIFFERS" | "EMPLOYMENT_STATUS_DIFFERS" | "JOB_SHORTER_THAN_STATED" | "TITLE_NOT_CLEAN" | "MODEL_YEAR_DIFFERS" | "MILEAGE_ABOVE_STATED" | "NOT_STATED")[]; conditionsOpen: (string)[]; booked: boolean; repeated: boolean; };

export type ListCasesAnswer = { cases: ({ applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; since: string; dueAt: string; hardStopAt: string; holder: string | null; claimedUntil: string | null; pendingUntil: string | null; waitsFor: (string)[]; })[]; next: string | null; };

export type CountCasesAnswer = { counts: ({ waitsFor: "REVIEW" | "ATTENTION" | "APPLICANT"; cases: number; claimed: number; overdue: number; byProduct: { [name: string]: unknown; }; })[]; };

export type NextCaseRequest = { queue?: "REVIEW" | "ATTENTION"; product?: "personal-loan" | "auto-loan" | "credit-line"; hours?: number; };

export type NextCaseAnswer = { case: { applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; dueAt: string; hardStopAt: string; claim: { holder: string; by: string; at: string; until: string; } | null; request: { id: string; by: string; at: string; until: string; answerBy: string; } | null; conflicts: ({ by: string; role: string; at: string; })[]; reviewMinutes: number; comments: number; documents: number; } | null; };

export type GetCaseAnswer = { applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; dueAt: string; hardStopAt: string; claim: { holder: string; by: string; at: string; until: string; } | null; request: { id: string; by: string; at: string; until: string; answerBy: string; } | null; conflicts: ({ by: string; role: string; at: string; })[]; reviewMinutes: number; comments: number; documents: number; };

export type WorkCaseRequest = { hours?: number; act: "CLAIM"; } | { act: "RELEASE"; } | { to: string; hours?: number; act: "ASSIGN"; } | { text: string; from?: "STAFF" | "APPLICANT"; act: "COMMENT"; } | { note: string; act: "DECLARE_CONFLICT"; } | { dueOn: string; act: "SET_DUE"; } | { text: string; answerBy: string; act: "REQUEST_DOCUMENT"; } | { act: "WITHDRAW_REQUEST"; };

export type WorkCaseAnswer = { act: "CLAIM" | "RELEASE" | "ASSIGN" | "COMMENT" | "DECLARE_CONFLICT" | "SET_DUE" | "REQUEST_DOCUMENT" | "WITHDRAW_REQUEST" | "ATTACH"; at: string; repeated: boolean; warning: string | null; case: { applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; dueAt: string; hardStopAt: string; claim: { holder: string; by: string; at: string; until: string; } | null; request: { id: string; by: string; at: string; until: string; answerBy: string; } | null; conflicts: ({ by: string; role: string; at: string; })[]; reviewMinutes: number; comments: number; documents: number; }; };

export type AttachDocumentRequest = { document: { name: string; mediaType: "application/pdf" | "image/jpeg" | "image/png"; content: string; }; from?: "STAFF" | "APPLICANT"; };

export type AttachDocumentAnswer = { act: "CLAIM" | "RELEASE" | "ASSIGN" | "COMMENT" | "DECLARE_CONFLICT" | "SET_DUE" | "REQUEST_DOCUMENT" | "WITHDRAW_REQUEST" | "ATTACH"; at: string; repeated: boolean; warning: string | null; case: { applicationId: string; product: string; queue: "REVIEW" | "ATTENTION"; task: string; since: string; dueAt: string; hardStopAt: string; claim: { holder: string; by: string; at: string; until: string; } | null; request: { id: string; by: string; at: string; until: string; answerBy: string; } | null; conflicts: ({ by: string; role: string; at: string; })[]; reviewMinutes: number; comments: number; documents: number; }; };

export type GetDocumentAnswer = { document: string; at: string; by: string; from: "STAFF" | "APPLICANT"; name: string; mediaType: string; bytes: number; content: string; };

export type ListSwitchesAnswer = { switches: ({ kind: "product" | "policy" | "model"; id: string; on: boolean; by: string; note: string; at: string; })[]; };

export type SetSwitchRequest = { on: boolean; note: string; };

export type SetSwitchAnswer = { kind: "product" | "policy" | "model"; id: string; on: boolean; by: string; note: string; at: string; repeated: boolean; };

export type ListPoliciesAnswer = { policies: ({ product: string; inForce: { version: string; digest: string; approval: string | null; } | null; proposals: ({ digest: string; version: string; effective: string; proposed: { by: string; at: string; }; approved: { by: string; at: string; entry: string; } | null; withdrawn: { by: string; at: string; from: string; } | null; })[]; compiled: ({ version: string; digest: string; })[]; })[]; };

export type ProposePolicyRequest = { effective: string; note: string; };

export type ProposePolicyAnswer = { action: "PROPOSE" | "APPROVE" | "WITHDRAW"; product: string; version: string; digest: string; date: string; by: string; at: string; repeated: boolean; inForce: ({ from: string; version: string | null; })[]; };

export type ApprovePolicyRequest = { effective: string; note: string; };

export type ApprovePolicyAnswer = { action: "PROPOSE" | "APPROVE" | "WITHDRAW"; product: string; version: string; digest: string; date: string; by: string; at: string; repeated: boolean; inForce: ({ from: string; version: string | null; })[]; };

export type WithdrawPolicyRequest = { from: string; note: string; };

export type WithdrawPolicyAnswer = { action: "PROPOSE" | "APPROVE" | "WITHDRAW"; product: string; version: string; digest: string; date: string; by: string; at: string; repeated: boolean; inForce: ({ from: string; version: string | null; })[]; };

export type ListModelsAnswer = { packages: ({ digest: string; model: string; version: string; report: string; registered: { by: string; at: string; entry: string; }; retired: { by: string; at: string; from: string; } | null; })[]; promotions: ({ digest: string; product: string; purpose: "default"; stage: "SHADOW" | "CHAMPION"; effective: string; promoted: { by: string; at: string; entry: string; }; withdrawn: { by: string; at: string; from: string; } | null; })[]; inForce: ({ product: string; purpose: string; champion: { digest: string; promotion: string; } | null; shadows: (string)[]; promoted: boolean; })[]; };

export type RegisterModelRequest = { digest: string; files: { manifest: string; model: string; reference: string; }; note: string; };

export type RegisterModelAnswer = { action: "REGISTER" | "PROMOTE" | "ROLLBACK" | "RETIRE"; digest: string; model: string; version: string; at: string; repeated: boolean; inForce: ({ from: string; digest: string | null; })[]; replaced: { digest: string; applications: number; more: boolean; } | null; by: string; };

export type PromoteModelRequest = { product: "personal-loan" | "auto-loan" | "credit-line"; purpose?: "default"; stage?: "SHADOW" | "CHAMPION"; effective: string; note: string; };

export type PromoteModelAnswer = { action: "REGISTER" | "PROMOTE" | "ROLLBACK" | "RETIRE"; digest: string; model: string; version: string; at: string; repeated: boolean; inForce: ({ from: string; digest: string | null; })[]; replaced: { digest: string; applications: number; more: boolean; } | null; by: string; };

export type RollbackModelRequest = { product: "personal-loan" | "auto-loan" | "credit-line"; purpose?: "default"; stage?: "SHADOW" | "CHAMPION"; note: string; };

export type RollbackModelAnswer = { action: "REGISTER" | "PROMOTE" | "ROLLBACK" | "RETIRE"; digest: string; model: string; version: string; at: string; repeated: boolean; inForce: ({ from: string; digest: string | null; })[]; replaced: { digest: string; applications: number; more: boolean; } | null; by: string; };

export type RetireModelRequest = { note: string; };

export type RetireModelAnswer = { action: "REGISTER" | "PROMOTE" | "ROLLBACK" | "RETIRE"; digest: string; model: string; version: string; at: string; repeated: boolean; inForce: ({ from: string; digest: string | null; })[]; replaced: { digest: string; applications: number; more: boolean; } | null; by: string; };

export type SetLegalHoldRequest = { on: boolean; note: string; };

export type SetLegalHoldAnswer = { applicationId: string; matter: string; on: boolean; at: string; repeated: boolean; };

export type RecordDeliveryRequest = { act: "MAILED"; notice?: string; on?: string; reference?: string; all?: boolean; } | { act: "RETURNED"; notice?: string; on?: string; why: "BOUNCED" | "COMPLAINT" | "UNDELIVERABLE" | "MOVED" | "REFUSED"; };

export type RecordDeliveryAnswer = { applicationId: string; notices: ({ notice: string; kind: string; attempt: number; on: string; })[]; repeated: boolean; };

export type RequestForgettingRequest = { note: string; };

export type RequestForgettingAnswer = { applicationId: string; result: "GRANTED" | "DENIED" | "FORGOTTEN"; at: string; reason: "LEGAL_HOLD" | "APPLICATION_OPEN" | "STATUTORY_MINIMUM" | "OBJECT_LOCK" | null; doneOn: string | null; };

export type GetTimelineAnswer = { applicationId: string; source: "engine" | "archive"; execution: { status: string; startedAt: string; endedAt: string | null; events: number; steps: ({ state: string; type: string; enteredAt: string; endedAt: string | null; depth: number; tries: ({ at: string; error: string | null; })[]; waitingSince: string | null; input: unknown; output: unknown; })[]; }; people: ({ at: string; by: string; type: string; })[]; };

export type ListDutiesAnswer = { applicationId: string; duties: ({ duty: string; title: string; citation: string; mark: "source" | "memory" | "own"; status: "MET" | "SCHEDULED" | "DUE" | "LATE" | "EXEMPT" | "NOT_APPLICABLE" | "NOT_YET_IN_FORCE"; occasion: { entry: string; on: string; } | null; dueOn: string | null; metBy: { entry: string; event: string; field: string | null; on: string; } | null; exemption: string | null; note: string | null; })[]; };

export type ListEntriesAnswer = { applicationId: string; entries: ({ id: string; applicationId: string; type: string; schemaVersion: number; occurredAt: string; actor: string; body: { [name: string]: unknown; }; sequence: number; recordedAt: string; previousHash: string; hash: string; })[]; };

export type GetEvidenceAnswer = { applicationId: string; identity: { [name: string]: unknown; } | null; evidence: ({ kind: string; address: string; sequence: number; value: unknown; })[]; };

export type ExportDecisionRequest = { purpose: string; withIdentity?: boolean; };

export type ExportDecisionAnswer = { schemaVersion: number; kind: "UNDERWRIGHT_DECISION_FILE"; [name: string]: unknown; };

export interface Operations {
  /** Submits an application. Repeating it answers with the first receipt. */
  submitApplication: {
    params?: undefined;
    query?: undefined;
    body: SubmitApplicationRequest;
    answer: ApplicationStatus;
  };
  /** Applications, newest first: by receipt, or by decision where a filter selects decisions. */
  listApplications: {
    params?: undefined;
    query?: { product?: "personal-loan" | "auto-loan" | "credit-line"; receivedSince?: string; receivedUntil?: string; decidedSince?: string; decidedUntil?: string; outcome?: "APPROVE" | "COUNTEROFFER" | "DECLINE" | "NOT_OFFERED" | "INCOMPLETE" | "WITHDRAWN"; reason?: "AA01" | "AA02" | "AA03" | "AA04" | "AA05" | "AA06" | "AA07" | "AA08" | "AA09" | "AA10" | "AA11" | "AA12" | "AA13" | "AA14" | "AA15" | "AA16" | "AA17" | "AA18" | "AA19" | "AA20" | "AA21" | "AA22" | "AA23" | "AA24" | "AX01" | "AX02" | "AX03" | "AX04" | "AX05" | "AX06" | "AX07" | "AX08" | "AX09" | "AX10" | "AX11" | "AX12" | "AX13" | "AX14" | "AX15" | "AX16" | "AX17" | "AX18" | "AX19" | "AX20" | "AX21" | "AX22" | "AX23" | "AX24" | "AX25" | "AX26" | "AX27" | "AX28" | "AX29" | "AX30" | "AX31" | "AX32" | "AX33" | "AX34" | "AX35" | "AX36" | "AX37" | "AX38" | "AX39"; limit?: number; cursor?: string; };
    body?: undefined;
    answer: ListApplicationsAnswer;
  };
  /** Quotes rates on a credit report that posts no inquiry. Repeating it answers with the first quote. */
  prequalify: {
    params?: undefined;
    query?: undefined;
    body: PrequalifyRequest;
    answer: PrequalifyAnswer;
  };
  /** An application's status, and what was decided. With an ETag and `Prefer: wait=N`: as soon as it changes. */
  getApplication: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: ApplicationStatus;
  };
  /** The texts that applicants consent to, and the notice of automated decisions: what a front end shows. */
  listConsentTexts: {
    params?: undefined;
    query?: { kind?: "BUREAU_PULL" | "ESIGN" | "SOFT_PULL" | "AUTOMATED_DECISION"; at?: string; };
    body?: undefined;
    answer: ListConsentTextsAnswer;
  };
  /** What the applicant can accept. */
  getOffers: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetOffersAnswer;
  };
  /** Accepts an offer for the applicant on the terms of today: one, once. Repeating it answers with the first. Other terms are a new offer. */
  acceptOffer: {
    params: { applicationId: string; offerId: string; };
    query?: undefined;
    body?: undefined;
    answer: AcceptOfferAnswer;
  };
  /** Has a decision made again for the applicant, once. Repeating it answers with the first. */
  reopenDecision: {
    params: { applicationId: string; decision: string; };
    query?: undefined;
    body: ReopenDecisionRequest;
    answer: ReopenDecisionAnswer;
  };
  /** Sends what was missing from an incomplete application, until its date. Repeating it answers with the first. */
  completeApplication: {
    params: { applicationId: string; };
    query?: undefined;
    body: CompleteApplicationRequest;
    answer: CompleteApplicationAnswer;
  };
  /** Corrects what the applicant stated, and has it decided again. Repeating it answers with the first. */
  correctApplication: {
    params: { applicationId: string; };
    query?: undefined;
    body: CorrectApplicationRequest;
    answer: CorrectApplicationAnswer;
  };
  /** Withdraws an application for the applicant. Repeating it answers with the first. */
  withdrawApplication: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: WithdrawApplicationAnswer;
  };
  /** Every notice to the applicant, oldest first, without its text. */
  getNotices: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetNoticesAnswer;
  };
  /** One notice as it was rendered, by its address in the list. It names the applicant: reading it is recorded. */
  getNotice: {
    params: { applicationId: string; notice: string; };
    query?: { format?: "json" | "html" | "pdf" | "text"; };
    body?: undefined;
    answer: GetNoticeAnswer;
  };
  /** What the applicant is asked to send while the status is PENDING_APPLICANT. Reading it is recorded. */
  getDocumentRequest: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetDocumentRequestAnswer;
  };
  /** The data behind the decisions, for the applicant who requests it: stated, reported, scored and decided. Reading it is recorded. */
  getApplicantData: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetApplicantDataAnswer;
  };
  /** What waits for a person, longest first. */
  listTasks: {
    params: { queue: "review" | "attention"; };
    query?: { limit?: number; cursor?: string; };
    body?: undefined;
    answer: ListTasksAnswer;
  };
  /** What a reviewer decides on. Sealed evidence is opened: reading it is recorded. */
  getReview: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetReviewAnswer;
  };
  /** Decides on a task, or drafts what a second person confirms. The token names the person and the role. Repeating it answers with the first. */
  completeTask: {
    params: { applicationId: string; };
    query?: undefined;
    body: CompleteTaskRequest;
    answer: CompleteTaskAnswer;
  };
  /** The parts of the identity that a waiting hold needs, with the contacts of its alert: reading it is recorded, and needs a purpose. */
  getHoldIdentity: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetHoldIdentityAnswer;
  };
  /** The applications of a person, the newest first: the search is recorded in each application that it compares, and needs a purpose. */
  searchApplicant: {
    params?: undefined;
    query?: undefined;
    body: SearchApplicantRequest;
    answer: SearchApplicantAnswer;
  };
  /** Records what a person verified for a condition of the newest decision. The token names the person and the role. Repeating it answers with the first. */
  clearCondition: {
    params: { applicationId: string; condition: "INCOME" | "IDENTITY" | "EMPLOYMENT" | "TITLE"; };
    query?: undefined;
    body: ClearConditionRequest;
    answer: ClearConditionAnswer;
  };
  /** Cases that wait for a reviewer, an operator or the applicant, the earliest due first. */
  listCases: {
    params?: undefined;
    query?: { waitsFor?: "REVIEW" | "ATTENTION" | "APPLICANT"; product?: "personal-loan" | "auto-loan" | "credit-line"; rule?: string; claimedBy?: string; unclaimed?: "true" | "false"; dueUntil?: string; days?: number; limit?: number; cursor?: string; };
    body?: undefined;
    answer: ListCasesAnswer;
  };
  /** How many cases wait, are claimed and are overdue, by what they wait for. */
  countCases: {
    params?: undefined;
    query?: undefined;
    body?: undefined;
    answer: CountCasesAnswer;
  };
  /** Claims the case that is due first among those that no person holds. */
  nextCase: {
    params?: undefined;
    query?: undefined;
    body: NextCaseRequest;
    answer: NextCaseAnswer;
  };
  /** Who works on an application that waits for a person, by when, and whether it waits for the applicant. */
  getCase: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetCaseAnswer;
  };
  /** Claims, releases or assigns a case, comments on it, sets its due day, or requests a document from the applicant. */
  workCase: {
    params: { applicationId: string; };
    query?: undefined;
    body: WorkCaseRequest;
    answer: WorkCaseAnswer;
  };
  /** Attaches a document to a case. A document of the applicant answers an open request. */
  attachDocument: {
    params: { applicationId: string; };
    query?: undefined;
    body: AttachDocumentRequest;
    answer: AttachDocumentAnswer;
  };
  /** A document of a case with its bytes, by its address in the review. Reading it is recorded. */
  getDocument: {
    params: { applicationId: string; document: string; };
    query?: undefined;
    body?: undefined;
    answer: GetDocumentAnswer;
  };
  /** Every switch that was ever set, with its current state. */
  listSwitches: {
    params?: undefined;
    query?: undefined;
    body?: undefined;
    answer: ListSwitchesAnswer;
  };
  /** Sends the automatic outcomes of a product, a policy or a model to a person, or no longer. */
  setSwitch: {
    params: { kind: "product" | "policy" | "model"; id: string; };
    query?: undefined;
    body: SetSwitchRequest;
    answer: SetSwitchAnswer;
  };
  /** The version of each policy in force for what is received on a local date, and all that were proposed. */
  listPolicies: {
    params?: undefined;
    query: { date: string; };
    body?: undefined;
    answer: ListPoliciesAnswer;
  };
  /** Proposes a compiled version from a local date on. Repeating it answers with the first. */
  proposePolicy: {
    params: { digest: string; };
    query?: undefined;
    body: ProposePolicyRequest;
    answer: ProposePolicyAnswer;
  };
  /** Approves what another officer proposed, for the date that was proposed. Repeating it answers with the first. */
  approvePolicy: {
    params: { digest: string; };
    query?: undefined;
    body: ApprovePolicyRequest;
    answer: ApprovePolicyAnswer;
  };
  /** Takes a proposal or an approval back from a local date on. Repeating it answers with the first. */
  withdrawPolicy: {
    params: { digest: string; };
    query?: undefined;
    body: WithdrawPolicyRequest;
    answer: WithdrawPolicyAnswer;
  };
  /** Every registered model package and promotion, and the champion of each product on a local date. */
  listModels: {
    params?: undefined;
    query: { date: string; };
    body?: undefined;
    answer: ListModelsAnswer;
  };
  /** Registers a model package that passes every check. Repeating it answers with the first. */
  registerModel: {
    params?: undefined;
    query?: undefined;
    body: RegisterModelRequest;
    answer: RegisterModelAnswer;
  };
  /** Promotes a package that another officer registered, from a local date on. Repeating it answers with the first. */
  promoteModel: {
    params: { digest: string; };
    query?: undefined;
    body: PromoteModelRequest;
    answer: PromoteModelAnswer;
  };
  /** Withdraws the promotions of a package from today on, so that the package before it is in force again. */
  rollbackModel: {
    params: { digest: string; };
    query?: undefined;
    body: RollbackModelRequest;
    answer: RollbackModelAnswer;
  };
  /** Retires a package that is in force neither today nor later. Repeating it answers with the first. */
  retireModel: {
    params: { digest: string; };
    query?: undefined;
    body: RetireModelRequest;
    answer: RetireModelAnswer;
  };
  /** Places or lifts the hold of a proceeding: while any holds, the applicant is not forgotten. */
  setLegalHold: {
    params: { applicationId: string; matter: string; };
    query?: undefined;
    body: SetLegalHoldRequest;
    answer: SetLegalHoldAnswer;
  };
  /** Records that the print shop mailed a notice, or that a sent notice came back. The same statement again answers with the first. */
  recordDelivery: {
    params: { applicationId: string; };
    query?: undefined;
    body: RecordDeliveryRequest;
    answer: RecordDeliveryAnswer;
  };
  /** Records that the applicant asks to be forgotten, and answers it. A denied request stays open until its day. */
  requestForgetting: {
    params: { applicationId: string; };
    query?: undefined;
    body: RequestForgettingRequest;
    answer: RequestForgettingAnswer;
  };
  /** Each step: when, how long, tries, waits, what went in and out by reference, and who acted. */
  getTimeline: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: GetTimelineAnswer;
  };
  /** Each legal duty toward the applicant: whether it applies, when it is due, and what met it. */
  listDuties: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: ListDutiesAnswer;
  };
  /** The hash chain of an application, as it lies in the ledger. */
  listEntries: {
    params: { applicationId: string; };
    query?: undefined;
    body?: undefined;
    answer: ListEntriesAnswer;
  };
  /** Sealed evidence, opened, and with `identity=true` who applied: reading it is recorded, and needs a purpose. */
  getEvidence: {
    params: { applicationId: string; };
    query?: { kind?: string; identity?: "true" | "false"; };
    body?: undefined;
    answer: GetEvidenceAnswer;
  };
  /** Takes the decision file out: everything that a decision used, signed. That is recorded, and needs a purpose. */
  exportDecision: {
    params: { applicationId: string; };
    query?: undefined;
    body: ExportDecisionRequest;
    answer: ExportDecisionAnswer;
  };
}

export const PATHS: Readonly<Record<keyof Operations, { readonly method: string; readonly path: string }>> = {
  submitApplication: { method: 'POST', path: '/applications' },
  listApplications: { method: 'GET', path: '/applications' },
  prequalify: { method: 'POST', path: '/prequalifications' },
  getApplication: { method: 'GET', path: '/applications/{applicationId}' },
  listConsentTexts: { method: 'GET', path: '/consent-texts' },
  getOffers: { method: 'GET', path: '/applications/{applicationId}/offers' },
  acceptOffer: { method: 'POST', path: '/applications/{applicationId}/offers/{offerId}/acceptance' },
  reopenDecision: { method: 'POST', path: '/applications/{applicationId}/decisions/{decision}/reopening' },
  completeApplication: { method: 'POST', path: '/applications/{applicationId}/completion' },
  correctApplication: { method: 'POST', path: '/applications/{applicationId}/correction' },
  withdrawApplication: { method: 'POST', path: '/applications/{applicationId}/withdrawal' },
  getNotices: { method: 'GET', path: '/applications/{applicationId}/notices' },
  getNotice: { method: 'GET', path: '/applications/{applicationId}/notices/{notice}' },
  getDocumentRequest: { method: 'GET', path: '/applications/{applicationId}/document-request' },
  getApplicantData: { method: 'GET', path: '/applications/{applicationId}/data' },
  listTasks: { method: 'GET', path: '/queues/{queue}' },
  getReview: { method: 'GET', path: '/applications/{applicationId}/review' },
  completeTask: { method: 'POST', path: '/applications/{applicationId}/review' },
  getHoldIdentity: { method: 'GET', path: '/applications/{applicationId}/review/identity' },
  searchApplicant: { method: 'POST', path: '/applicants/search' },
  clearCondition: { method: 'POST', path: '/applications/{applicationId}/conditions/{condition}/clearance' },
  listCases: { method: 'GET', path: '/cases' },
  countCases: { method: 'GET', path: '/cases/counts' },
  nextCase: { method: 'POST', path: '/cases/next' },
  getCase: { method: 'GET', path: '/applications/{applicationId}/case' },
  workCase: { method: 'POST', path: '/applications/{applicationId}/case' },
  attachDocument: { method: 'POST', path: '/applications/{applicationId}/documents' },
  getDocument: { method: 'GET', path: '/applications/{applicationId}/documents/{document}' },
  listSwitches: { method: 'GET', path: '/switches' },
  setSwitch: { method: 'PUT', path: '/switches/{kind}/{id}' },
  listPolicies: { method: 'GET', path: '/policies' },
  proposePolicy: { method: 'POST', path: '/policies/{digest}/proposal' },
  approvePolicy: { method: 'POST', path: '/policies/{digest}/approval' },
  withdrawPolicy: { method: 'POST', path: '/policies/{digest}/withdrawal' },
  listModels: { method: 'GET', path: '/models' },
  registerModel: { method: 'POST', path: '/models' },
  promoteModel: { method: 'POST', path: '/models/{digest}/promote' },
  rollbackModel: { method: 'POST', path: '/models/{digest}/rollback' },
  retireModel: { method: 'POST', path: '/models/{digest}/retire' },
  setLegalHold: { method: 'PUT', path: '/applications/{applicationId}/holds/{matter}' },
  recordDelivery: { method: 'POST', path: '/applications/{applicationId}/deliveries' },
  requestForgetting: { method: 'POST', path: '/applications/{applicationId}/forgetting' },
  getTimeline: { method: 'GET', path: '/applications/{applicationId}/timeline' },
  listDuties: { method: 'GET', path: '/applications/{applicationId}/duties' },
  listEntries: { method: 'GET', path: '/applications/{applicationId}/entries' },
  getEvidence: { method: 'GET', path: '/applications/{applicationId}/evidence' },
  exportDecision: { method: 'POST', path: '/applications/{applicationId}/exports' },
};
