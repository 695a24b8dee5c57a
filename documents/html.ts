/** Documents as one self-contained page: no script and nothing that is loaded. */
import type { Document, PlottedBlock, TableBlock, Text } from './document.ts';
import { escaped } from './escaped.ts';
import { plotSvg, plotTable } from './plot.ts';

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h2{margin-top:2rem}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
td,th{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #d8dee4}
.wide{overflow-x:auto}.n{text-align:right;font-variant-numeric:tabular-nums}.n,.s{white-space:nowrap}td:not([class]):not(:empty){min-width:14rem}
code,pre{font:13px ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
figure{margin:1rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}
.added{background:#e8f6ec}.removed{background:#fbeaea}.changed{background:#fff8e1}mark{background:#ffe08a}
@media print{body{max-width:none;margin:0}tr,figure{break-inside:avoid}}`;

/** @param body written by this project: its texts must be escaped. */
export function htmlPage(title: string, body: string, language = 'en'): string {
  return `${htmlHead(title, language)}${body}\n${HTML_TAIL}`;
}

/** The page up to its content, for who writes what follows piece by piece. */
const htmlHead = (title: string, language: string): string => `<!doctype html>
<html lang="${escaped(language)}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1>
`;
const HTML_TAIL = '</body></html>\n';

export const documentPage = ({ title, blocks, language }: Document<PlottedBlock>): string =>
  htmlPage(title, blocks.map(htmlBlock).join('\n'), language);

export function htmlBlock(block: PlottedBlock): string {
  switch (block.kind) {
    case 'HEADING':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'PARAGRAPH':
      return `<p>${block.text.map(inline).join('')}</p>`;
    case 'LIST': {
      const name = block.ordered ? 'ol' : 'ul';
      return `<${name}>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</${name}>`;
    }
    case 'LINES':
      return `<p>${block.lines.map(line).join('<br>\n')}</p>`;
    case 'VERBATIM':
      return `<pre>${escaped(block.text)}</pre>`;
    case 'TABLE':
      return htmlTable(block);
    case 'PLOT':
      return (
        `<figure><figcaption>${escaped(block.title)}, ${escaped(block.unit)}</figcaption>\n` +
        `${block.points.length === 0 ? '<p>Nothing to draw.</p>' : plotSvg(block)}\n${htmlTable(plotTable(block))}</figure>`
      );
  }
}

/** A line that is a web address is a link. */
const line = (text: string): string =>
  /^https:\/\/\S+$/.test(text) ? `<a href="${escaped(text)}">${escaped(text)}</a>` : escaped(text);

function inline(text: Text): string {
  if (typeof text === 'string') return escaped(text);
  return 'strong' in text ? `<strong>${escaped(text.strong)}</strong>` : `<code>${escaped(text.code)}</code>`;
}

/** Cells up to so many characters, such as dates and ids, stay on one line. */
const UNBROKEN = 24;

function htmlTable({ columns, rows, rowHeads = false }: TableBlock): string {
  const classOf = (column: number, cell = '') =>
    columns[column]?.numeric ? ' class="n"' : cell.length > 0 && cell.length <= UNBROKEN ? ' class="s"' : '';
  const head = columns.map(({ heading }, at) => `<th scope="col"${classOf(at)}>${escaped(heading)}</th>`);
  const cellOf = (cell: string, at: number) =>
    rowHeads && at === 0 ? `<th scope="row">${escaped(cell)}</th>` : `<td${classOf(at, cell)}>${escaped(cell)}</td>`;
  const drawn = rows.map((row) => `<tr>${row.map(cellOf).join('')}</tr>`);
  // What is wider than the page scrolls by itself, also by keyboard.
  return `<div class="wide" tabindex="0"><table><thead><tr>${head.join('')}</tr></thead><tbody>\n${drawn.join('\n')}\n</tbody></table></div>`;
}
