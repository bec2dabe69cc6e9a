import { IconCornerDownRight } from '@tabler/icons-react';
import type { ExplainNode } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { fetchExplain } from '../data/trilith.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswers } from '../states/useAnswers.ts';
import { useTime } from '../time/TimeContext.tsx';
import type { ResultProps } from './GraphResult.tsx';
import { useRemarks } from './useRemarks.ts';

const kinds = ['select', 'window', 'subquery', 'aggregate', 'binary', 'call', 'negate'] as const;
const labelsShown = 6;

/** How each query was evaluated at the end of the range: a tree of steps with what each gave. */
export function ExplainResult({ rows, onQuery, onRemarks }: ResultProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const answers = useAnswers(
    rows.map(({ query }) => ({
      subject: ['explain', query],
      at: [range.toMs],
      ask: (signal: AbortSignal) => fetchExplain(query, range, 0, signal),
    })),
  );
  useRemarks(
    rows.map((asked, at) => ({ asked, data: answers[at]?.data })),
    onRemarks,
  );
  return (
    <div className="explain">
      <p className="dim">{t('metrics.explainHint')}</p>
      {rows.map((asked, at) => {
        const answer = answers[at];
        if (answer === undefined) return null;
        return (
          <section key={asked.row.letter} aria-label={t('metrics.query', { letter: asked.row.letter })}>
            <Answered answer={answer} height={160}>
              {(data) => (
                <>
                  <div className="graph-foot dim num">
                    {rows.length > 1 && <strong>{asked.row.letter} · </strong>}
                    {t('metrics.costSamples', { samples: formats.integer(data.samplesRead) })} ·{' '}
                    {formats.duration(data.notes.elapsedMs)}
                  </div>
                  <ul className="explain-tree">
                    <Node node={data.root} whole={data.root.elapsedMs ?? 0} onQuery={onQuery} />
                  </ul>
                </>
              )}
            </Answered>
          </section>
        );
      })}
    </div>
  );
}

interface NodeProps {
  readonly node: ExplainNode;
  /** Time of the whole query, ms. */
  readonly whole: number;
  readonly onQuery: (query: string) => void;
}

function Node({ node, whole, onQuery }: NodeProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const kind = kinds.find((one) => one === node.kind) ?? 'other';
  const telling = node.labels.filter(({ values }) => values > 1);
  return (
    <li>
      <div className="explain-node" data-kind={kind}>
        <div className="explain-text">
          <span className="explain-kind">{t(`metrics.explainKinds.${kind}`)}</span>
          <code className="break">{node.text}</code>
          <button
            type="button"
            className="text-button"
            title={t('metrics.explainAsk')}
            aria-label={`${t('metrics.explainAsk')}: ${node.text}`}
            onClick={() => onQuery(node.text)}
          >
            <IconCornerDownRight size={14} aria-hidden />
          </button>
        </div>
        <div className="explain-facts num">
          <strong>{t('metrics.series', { count: node.series })}</strong>
          <span>{t('metrics.explainSamples', { samples: formats.integer(node.samples) })}</span>
          {node.elapsedMs !== null && (
            <span className="explain-time">
              <span style={{ width: `${whole === 0 ? 0 : Math.min(100, (node.elapsedMs / whole) * 100)}%` }} />
              {formats.duration(Math.round(node.elapsedMs * 100) / 100)}
            </span>
          )}
          {telling.length > 0 && (
            <span className="dim" title={t('metrics.explainLabels')}>
              {telling
                .slice(0, labelsShown)
                .map(({ name, values }) => `${name}: ${formats.integer(values)}`)
                .join(', ')}
            </span>
          )}
        </div>
      </div>
      {node.children.length > 0 && (
        <ul>
          {node.children.map((child, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: operands are told apart by their place only.
            <Node key={at} node={child} whole={whole} onQuery={onQuery} />
          ))}
        </ul>
      )}
    </li>
  );
}
