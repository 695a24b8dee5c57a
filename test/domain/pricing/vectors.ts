import { addDays, addMonths } from '../../../domain/calendar.ts';

export const cents = (dollars: string | number): number => Math.round(Number(dollars) * 100);
export const millionths = (percent: number): number => Math.round(percent * 1e6);

interface DatedAmount {
  readonly date: string;
  readonly amountCents: number;
}

function every(count: number, amount: number, date: (index: number) => string): DatedAmount[] {
  return Array.from({ length: count }, (_, index) => ({ date: date(index), amountCents: cents(amount) }));
}
const monthly = (first: string, count: number, amount: number, months = 1): DatedAmount[] =>
  every(count, amount, (index) => addMonths(first, index * months));
const daily = (first: string, count: number, amount: number, days: number): DatedAmount[] =>
  every(count, amount, (index) => addDays(first, index * days));

/** 24 payments of 230 from 1978-02-10, some of them changed. */
function loanOf5000(first: number, last: number): DatedAmount[] {
  return monthly('1978-02-10', 24, 230).map((payment, index) => {
    if (index === 0) return { ...payment, amountCents: cents(first) };
    return index === 23 ? { ...payment, amountCents: cents(last) } : payment;
  });
}

export interface PublishedExample {
  readonly id: string;
  readonly advance: DatedAmount;
  readonly payments: readonly DatedAmount[];
  /** First payment: whole unit periods, then numerator and denominator of the fraction. */
  readonly first: readonly [number, number, number];
  readonly perYear: readonly [number, number];
  /** As published, percent. */
  readonly published: string;
  /** Solved independently, percent. */
  readonly solved: number;
}

const advance = (date: string, dollars: number): DatedAmount => ({ date, amountCents: cents(dollars) });

/**
 * 12 CFR 1026, appendix J (c), as tests/AprUsActuarialTests.fs of github.com/simontreanor/FSharp.Finance.Personal writes the
 * examples out. The last three are recalled, and consistent when solved.
 */
export const APPENDIX_J: readonly PublishedExample[] = [
  {
    id: '(c)(1)(i)',
    advance: advance('1978-01-10', 5_000),
    payments: loanOf5000(230, 230),
    first: [1, 0, 30],
    perYear: [12, 1],
    published: '9.69',
    solved: 9.685708,
  },
  {
    id: '(c)(1)(ii)',
    advance: advance('1978-02-10', 6_000),
    payments: monthly('1978-04-01', 36, 200),
    first: [1, 19, 30],
    perYear: [12, 1],
    published: '11.82',
    solved: 11.816508,
  },
  {
    id: '(c)(1)(iii)',
    advance: advance('1978-02-23', 5_000),
    payments: every(24, 219.17, (index) => addMonths(index % 2 ? '1978-03-16' : '1978-03-01', Math.floor(index / 2))),
    first: [0, 6, 15],
    perYear: [24, 1],
    published: '10.34',
    solved: 10.337903,
  },
  {
    id: '(c)(1)(iv)',
    advance: advance('1978-05-23', 10_000),
    payments: monthly('1978-10-01', 40, 385, 3),
    first: [1, 39, 90],
    perYear: [12, 3],
    published: '8.97',
    solved: 8.97077,
  },
  {
    id: '(c)(1)(v)',
    advance: advance('1978-03-20', 500),
    payments: daily('1978-04-21', 30, 17.6, 7),
    first: [4, 4, 7],
    perYear: [52, 1],
    published: '14.96',
    solved: 14.962223,
  },
  {
    id: '(c)(2)(i)',
    advance: advance('1978-01-10', 5_000),
    payments: loanOf5000(250, 230),
    first: [1, 0, 30],
    perYear: [12, 1],
    published: '10.08',
    solved: 10.08289,
  },
  {
    id: '(c)(2)(ii)',
    advance: advance('1978-03-18', 400),
    payments: [advance('1978-04-20', 39.5), ...daily('1978-05-18', 11, 38.31, 28)],
    first: [1, 5, 28],
    perYear: [52, 4],
    published: '28.50',
    solved: 28.49794,
  },
  {
    id: '(c)(3)(i)',
    advance: advance('1978-01-10', 5_000),
    payments: loanOf5000(230, 280),
    first: [1, 0, 30],
    perYear: [12, 1],
    published: '10.50',
    solved: 10.500469,
  },
  {
    id: '(c)(3)(ii)',
    advance: advance('1978-04-03', 200),
    payments: [...daily('1978-04-11', 19, 9.5, 14), advance('1979-01-02', 30)],
    first: [0, 8, 14],
    perYear: [52, 2],
    published: '12.22',
    solved: 12.224857,
  },
  {
    id: '(c)(4)(i)',
    advance: advance('1978-01-10', 5_000),
    payments: loanOf5000(250, 280),
    first: [1, 0, 30],
    perYear: [12, 1],
    published: '10.90',
    solved: 10.895549,
  },
  {
    id: '(c)(4)(ii)',
    advance: advance('1978-01-10', 8_000),
    payments: [
      advance('1978-03-01', 449.36),
      ...monthly('1978-05-01', 18, 465, 2),
      advance(addMonths('1978-05-01', 36), 200),
    ],
    first: [0, 52, 60],
    perYear: [12, 2],
    published: '7.30',
    solved: 7.301765,
  },
  {
    id: '(c)(5)(i)',
    advance: advance('1978-01-03', 1_000),
    payments: [advance('1978-09-15', 1_080)],
    first: [1, 0, 1],
    perYear: [365, 255],
    published: '11.45',
    solved: 11.45098,
  },
  {
    id: '(c)(5)(ii), recalled',
    advance: advance('1978-01-10', 1_000),
    payments: [advance('1978-07-10', 1_044)],
    first: [1, 0, 1],
    perYear: [12, 6],
    published: '8.80',
    solved: 8.8,
  },
  {
    id: '(c)(5)(iii), recalled',
    advance: advance('1978-01-17', 1_000),
    payments: [advance('1979-07-17', 1_135.19)],
    first: [1, 6, 12],
    perYear: [1, 1],
    published: '8.76',
    solved: 8.757047,
  },
  {
    id: '(c)(5)(iv), recalled',
    advance: advance('1978-01-10', 1_000),
    payments: [advance('1980-01-10', 1_240)],
    first: [2, 0, 12],
    perYear: [1, 1],
    published: '11.36',
    solved: 11.355287,
  },
];

/**
 * Further transactions of the same file, "all confirmed using Excel" by its author. The yearly one is a public bug report:
 * its first payment is 35/365 of a year late, and not a month and five days of 360.
 */
export const CONFIRMED: readonly PublishedExample[] = [
  {
    id: 'yearly payments after 35 days',
    advance: advance('2023-10-26', 1_000),
    payments: monthly('2023-11-30', 5, 500, 12),
    first: [0, 35, 365],
    perYear: [1, 1],
    published: '78.34',
    solved: 78.344143,
  },
  {
    id: 'quarterly payments after three months and eight days',
    advance: advance('1978-06-23', 10_000),
    payments: monthly('1978-10-01', 40, 385, 3),
    first: [1, 8, 90],
    perYear: [12, 3],
    published: '9.15',
    solved: 9.148805,
  },
  {
    id: 'quarterly payments after two months and nine days',
    advance: advance('1978-07-23', 10_000),
    payments: monthly('1978-10-01', 40, 385, 3),
    first: [0, 69, 90],
    perYear: [12, 3],
    published: '9.32',
    solved: 9.320883,
  },
  {
    id: 'daily payments after 35 days',
    advance: advance('2023-10-26', 1_000),
    payments: daily('2023-11-30', 5, 220, 1),
    first: [35, 0, 1],
    perYear: [365, 1],
    published: '94.15',
    solved: 94.14997,
  },
  {
    id: 'weekly payments after 33 days',
    advance: advance('2023-10-28', 1_000),
    payments: daily('2023-11-30', 5, 250, 7),
    first: [4, 5, 7],
    perYear: [52, 1],
    published: '176.52',
    solved: 176.522858,
  },
  {
    id: 'weekly payments after a week',
    advance: advance('2023-11-23', 1_000),
    payments: daily('2023-11-30', 5, 250, 7),
    first: [1, 0, 7],
    perYear: [52, 1],
    published: '412.40',
    solved: 412.402958,
  },
  {
    id: 'weekly payments after six days',
    advance: advance('2023-11-24', 1_000),
    payments: daily('2023-11-30', 5, 250, 7),
    first: [0, 6, 7],
    perYear: [52, 1],
    published: '434.30',
    solved: 434.297454,
  },
];

/** Principal, rate in basis points, payments, level payment, final payment, total interest, total of payments. */
export const SCHEDULES: readonly (readonly [string, number, number, string, string, string, string])[] = [
  ['10000', 1_200, 36, '332.14', '332.28', '1957.18', '11957.18'],
  ['10000', 1_800, 60, '253.93', '254.33', '5236.20', '15236.20'],
  ['10000', 3_599, 60, '361.27', '360.46', '11675.39', '21675.39'],
  ['25000', 799, 72, '438.21', '438.15', '6551.06', '31551.06'],
  ['10000', 500, 12, '856.07', '856.12', '272.89', '10272.89'],
  ['5000', 0, 12, '416.67', '416.63', '0.00', '5000.00'],
  ['1000', 2_999, 12, '97.48', '97.52', '169.80', '1169.80'],
];

/** Note, fee, rate in basis points, payments, payment, final payment, amount financed, finance charge, APR percent. */
export const PREPAID: readonly (readonly [string, string, number, number, string, string, string, string, number])[] = [
  ['10000', '0', 1_800, 60, '253.93', '254.33', '10000', '5236.20', 17.999979],
  ['10000', '800', 1_800, 60, '253.93', '254.33', '9200', '6036.20', 21.969355],
  ['10000', '500', 1_200, 36, '332.14', '332.28', '9500', '2457.18', 15.605197],
  ['5000', '250', 2_999, 36, '212.23', '212.23', '4750', '2890.28', 34.014447],
  ['10000', '1000', 3_200, 60, '335.93', '335.40', '9000', '11155.27', 37.835492],
  ['25000', '0', 799, 72, '438.21', '438.15', '25000', '6551.06', 7.990032],
];

/** Charges of a cycle, balance, MAPR percent at twelve cycles, whether it is at most 36 %. */
export const MAPR: readonly (readonly [string, string, number, boolean])[] = [
  ['8', '200', 48, false],
  ['8', '266.67', 35.99955, true],
  ['8', '266.66', 36.0009, false],
  ['9.99', '332.99', 36.001081, false],
  ['14.99', '500', 35.976, true],
  ['3', '100', 36, true],
];

export const AFTER_DAYS = [
  ['2026-01-31', 30, '2026-03-02'],
  ['2028-01-31', 30, '2028-03-01'],
  ['2026-11-30', 30, '2026-12-30'],
  ['2026-02-01', 90, '2026-05-02'],
] as const;

export const AFTER_MONTHS = [
  ['2026-01-31', 25, '2028-02-29'],
  ['2026-01-30', 25, '2028-02-29'],
  ['2026-12-31', 25, '2029-01-31'],
  ['2027-01-31', 25, '2029-02-28'],
] as const;
