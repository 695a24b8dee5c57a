import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { documentPage } from '../../documents/html.ts';
import { BASIS } from '../../documents/notices/basis.ts';
import { noticeDocument, noticeText } from '../../documents/notices/document.ts';
import { EN } from '../../documents/notices/en.ts';
import { formatted, TemplateFieldMissing, type Language } from '../../documents/notices/language.ts';
import { linkFaults, sentencesOf } from '../../documents/notices/links.ts';
import { NOTICE_KINDS } from '../../documents/notices/notice.ts';
import { printedValue, type NoticeRecord } from '../../documents/notices/record.ts';
import { renderNotices } from '../../documents/notices/render.ts';
import { documentPdf } from '../../documents/pdf.ts';
import { sha256 } from '../../domain/ledger/canonical-json.ts';
import { REASONS } from '../../domain/reasons/catalogue.ts';
import { goldenNotices } from '../support/golden-notices.ts';
import { pdfText } from '../support/pdf-text.ts';

const FOLDER = join(import.meta.dirname, '..', 'golden', 'notices');
const golden = goldenNotices();
const named = (name: string) => {
  const found = golden.find((each) => each.name === name);
  if (!found) throw new Error(`There is no golden notice ${name}.`);
  return found;
};
const PLACES = /\{[^}]+\}/g;

/** Another language: every word of a text in front of a mark, and months by their numbers. */
const OTHER: Language = {
  code: 'xx',
  months: EN.months.map((_, at) => `M${at + 1}`),
  date: '{year} {month} {day}',
  messages: Object.fromEntries(
    Object.entries(EN.messages).map(([id, text]) => [id, `«${text}»`]),
  ) as Language['messages'],
  reasons: Object.fromEntries(Object.entries(REASONS).map(([code, text]) => [code, `«${text}»`])),
  terms: {},
};

describe('The golden notices', () => {
  test('have every kind', () => {
    expect(new Set(golden.map(({ notice }) => notice.kind))).toEqual(new Set(NOTICE_KINDS));
  });

  test.each(golden.map(({ name }) => name))('%s is rendered and drawn byte by byte', async (name) => {
    const { notice, record } = named(name);
    const page = noticeDocument(notice);
    const read = (extension: string) => readFileSync(join(FOLDER, `${name}.${extension}`), 'utf8');
    expect(`${JSON.stringify(notice, null, 1)}\n`).toBe(read('json'));
    expect(documentPage(page)).toBe(read('html'));
    const digests = JSON.parse(readFileSync(join(FOLDER, 'pdf-digests.json'), 'utf8')) as Record<string, string>;
    expect(sha256(await documentPdf(page, record.decision.decidedAt))).toBe(digests[name]);
  });

  test('are all that the folder has', () => {
    const files = readdirSync(FOLDER).filter((each) => each.endsWith('.html'));
    expect(files.toSorted()).toEqual(golden.map(({ name }) => `${name}.html`).toSorted());
  });
});

describe.each(golden.map(({ name }) => name))('In %s', (name) => {
  const { notice, record } = named(name);
  const sentences = sentencesOf(notice);

  test('every sentence names where it comes from, and prints what is there', () => {
    expect(sentences.filter(({ from }) => from.length === 0)).toEqual([]);
    expect(linkFaults(notice, record, EN)).toEqual([]);
  });

  test('no date, amount or number is printed but by a named place of the record', () => {
    for (const { message, text, from } of sentences) {
      const printed = from.flatMap((source) =>
        'as' in source && source.as ? [formatted(printedValue(record, source), source.as, EN)] : [],
      );
      const rest = printed
        .toSorted((a, b) => b.length - a.length)
        .reduce((left, each) => left.replaceAll(each, ''), text);
      const own = message.startsWith('reason.') ? text : EN.messages[message as keyof typeof EN.messages];
      expect(rest.match(/\d/g) ?? []).toEqual(own.replaceAll(PLACES, '').match(/\d/g) ?? []);
      expect(rest).not.toMatch(/undefined|null|NaN|\[object|[{}]/);
    }
  });

  test('a page has one main heading, then headings of the next level, lists that are lists, and heads of rows', () => {
    const html = documentPage(noticeDocument(notice));
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<h[3-6]>/);
    expect(html).toContain('<html lang="en">');
    expect((html.match(/<table>/g) ?? []).length).toBe(notice.blocks.filter(({ kind }) => kind === 'TABLE').length);
    expect((html.match(/scope="row"/g) ?? []).length).toBe(
      notice.blocks.flatMap((block) => (block.kind === 'TABLE' ? block.rows : [])).length,
    );
    expect((html.match(/<li>/g) ?? []).length).toBe(
      notice.blocks.flatMap((block) => (block.kind === 'LIST' ? block.items : [])).length,
    );
  });
});

test('A notice whose record changed after it was rendered differs from it', () => {
  const { notice, record } = named('counteroffer-dti.COUNTEROFFER');
  const [offer, ...others] = record.decision.offers;
  if (offer?.kind !== 'LOAN') throw new Error('The case offers a loan.');
  const changed = (offers: typeof record.decision.offers): NoticeRecord => ({
    ...record,
    decision: { ...record.decision, offers },
  });
  expect(linkFaults(notice, changed([{ ...offer, apr: '9.99' }, ...others]), EN)).toHaveLength(1);
  expect(linkFaults(notice, changed(others), EN).length).toBeGreaterThan(5);
});

describe('Each reason is linked', () => {
  const reasonsOf = (name: string) =>
    sentencesOf(named(name).notice).filter(({ message }) => message.startsWith('reason.'));

  test('to the group of the model that it names', () => {
    for (const { from } of reasonsOf('decline-by-model.ADVERSE_ACTION')) {
      expect(from).toContainEqual({ modelGroup: expect.any(String) });
    }
  });

  test('to the rule or the limit of the policy', () => {
    expect(reasonsOf('decline-under-age.ADVERSE_ACTION')[0]?.from).toContainEqual({ rule: expect.any(String) });
    expect(reasonsOf('counteroffer-dti.COUNTEROFFER')[0]?.from).toContainEqual({ limit: expect.any(String) });
  });

  test('to the review of the person who decided', () => {
    expect(reasonsOf('refer-declined.ADVERSE_ACTION')[0]?.from).toContainEqual({ evidence: 'review', path: 'reasons' });
  });
});

describe('A language is one file', () => {
  test('with which every notice is rendered, and each value is printed as its record has it', () => {
    for (const { notice, record } of goldenNotices(OTHER)) {
      expect(notice.language).toBe('xx');
      expect(linkFaults(notice, record, OTHER)).toEqual([]);
      expect(documentPage(noticeDocument(notice))).toContain('<html lang="xx">');
      expect(noticeText(notice)).not.toMatch(/January|November|undefined/);
    }
  });

  test('whose texts name the same places as the English ones', () => {
    expect(Object.keys(EN.messages).toSorted()).toEqual(Object.keys(BASIS).toSorted());
  });

  test('without a text, or with a place that the record does not have, renders nothing', () => {
    const { record } = named('decline-by-model.ADVERSE_ACTION');
    const rendered = (messages: Partial<Language['messages']>) =>
      renderNotices(record, { channel: 'PAPER', language: { ...OTHER, messages: messages as Language['messages'] } });
    const { 'equal.notice': _, ...without } = OTHER.messages;
    expect(() => rendered(without)).toThrow(TemplateFieldMissing);
    expect(() => rendered(without)).toThrow(/template equal\.notice needs a text, .*language xx/);
    const unknown = { ...OTHER.messages, 'report.used': '{decision.bureau}' };
    expect(() => rendered(unknown)).toThrow(/template report\.used needs decision\.bureau, which is missing/);
    expect(() => rendered({ ...OTHER.messages, 'report.used': '{letters.date}' })).toThrow(/needs letters/);
    expect(() => rendered({ ...OTHER.messages, 'report.used': '{decision.outcome|WORDS}' })).toThrow(/format WORDS/);
  });
});

test('Names of any letters and length are printed whole, and none becomes markup', () => {
  const { record } = named('decline-by-model.ADVERSE_ACTION');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (lastName) => {
      fc.pre(lastName.trim() !== '');
      const identity = { ...record.identity, lastName };
      const [notice] = renderNotices({ ...record, identity }, { channel: 'PAPER' });
      if (!notice) throw new Error('A decline has a notice.');
      expect(noticeText(notice)).toContain(`Zoë ${lastName}`);
      expect(linkFaults(notice, { ...record, identity }, EN)).toEqual([]);
      expect(documentPage(noticeDocument(notice)).match(/<script|<img/i)).toBeNull();
    }),
    { numRuns: 50 },
  );
});

test('A PDF has its lists as lists with labels and bodies, and its tables with heads of columns and rows', async () => {
  const { notice, record } = named('counteroffer-dti.COUNTEROFFER');
  const bytes = await documentPdf(noticeDocument(notice), record.decision.decidedAt);
  const source = Buffer.from(bytes).toString('latin1');
  const count = (part: RegExp) => (source.match(part) ?? []).length;
  const lists = notice.blocks.flatMap((block) => (block.kind === 'LIST' ? [block] : []));
  const items = lists.flatMap((list) => list.items).length;
  expect(count(/\/S \/L\b/g)).toBe(lists.length);
  expect([count(/\/S \/LI\b/g), count(/\/S \/Lbl\b/g), count(/\/S \/LBody\b/g)]).toEqual([items, items, items]);
  const tables = notice.blocks.flatMap((block) => (block.kind === 'TABLE' ? [block] : []));
  expect(count(/\/Scope \/Row\b/g)).toBe(tables.flatMap(({ rows }) => rows).length);
  expect(count(/\/Scope \/Column\b/g)).toBeGreaterThanOrEqual(tables.length * 2);
  expect(source).toContain('/Lang (en)');
  expect(pdfText(bytes).replaceAll(/\s/g, '')).toContain('Moneythatarrives');
});
