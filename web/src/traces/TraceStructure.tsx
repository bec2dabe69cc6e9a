import { SegmentedControl } from '@mantine/core';
import { IconAlertCircleFilled } from '@tabler/icons-react';
import type { TraceSummary } from '@trilith/contract';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceColor } from '../chart/palette.ts';
import { useTheme } from '../chart/tokens.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered, PartialNote } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { indent } from '../trace/rowStyle.ts';
import { useRowWindow } from '../trace/useRowWindow.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { type ReadStructure, readStructure, tracesToRead } from './readStructure.ts';
import { errorOrigins, leadingToErrors, type StructureNode } from './structureTree.ts';
import type { TracesView } from './useTracesView.ts';

const rowHeight = 28;
/** Places where errors start that are listed; the tree marks all. */
const originsListed = 6;

interface Props {
  /** The found traces, in the order of the list; not empty. */
  readonly traces: readonly TraceSummary[];
  readonly view: TracesView;
}

/** The found traces as one tree of what calls what, and where errors start in it. */
export function TraceStructure({ traces, view }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const [done, setDone] = useState(0);
  const ids = tracesToRead(traces);
  const answer = useAnswer({
    subject: ['trace-structure', view.query],
    at: [ids],
    ask: (signal) => {
      setDone(0);
      return readStructure(ids, signal, setDone);
    },
  });
  return (
    <>
      {answer.loading && answer.data === undefined && (
        <div className="structure-line" role="status">
          <progress value={done} max={ids.length} aria-label={t('traces.structure.reading')} />
          <span className="dim num">
            {t('traces.structure.read', { done: formats.integer(done), all: formats.integer(ids.length) })}
          </span>
        </div>
      )}
      <Answered answer={answer} height={260}>
        {(read) => <StructureTree read={read} listed={traces.length} view={view} />}
      </Answered>
    </>
  );
}

interface TreeProps {
  readonly read: ReadStructure;
  readonly listed: number;
  readonly view: TracesView;
}

function StructureTree({ read, listed, view }: TreeProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { structure } = read;
  const nodes = useMemo(
    () => (view.errorPaths ? leadingToErrors(structure) : structure.nodes),
    [structure, view.errorPaths],
  );
  const seen = useRowWindow(nodes.length, rowHeight);
  return (
    <>
      <Missing read={read} />
      <div className="structure-line">
        <SegmentedControl
          size="xs"
          aria-label={t('traces.structure.paths')}
          value={view.errorPaths ? 'errors' : 'all'}
          onChange={(value) => view.set({ paths: value === 'errors' ? value : null }, { replace: true })}
          data={[
            { value: 'all', label: t('traces.structure.all') },
            { value: 'errors', label: t('traces.structure.errorPaths') },
          ]}
        />
        <span className="dim num">
          {t('traces.structure.of', {
            traces: formats.integer(structure.traces),
            listed: formats.integer(listed),
            spans: formats.integer(structure.spans),
          })}
        </span>
      </div>
      <Origins read={read} />
      <div className="structure-row structure-head dim" aria-hidden>
        <span>{t('traces.operation')}</span>
        <span>{t('traces.structure.share')}</span>
        <span className="right">{t('traces.spans')}</span>
        <span className="right">{t('traces.errors')}</span>
        <span className="right">{t('traces.structure.self')}</span>
        <span className="right">{t('traces.structure.total')}</span>
      </div>
      <section ref={seen.ref} className="structure" aria-label={t('traces.list.structure')} onScroll={seen.onScroll}>
        {nodes.length === 0 && <div className="state">{t('traces.structure.noErrors')}</div>}
        <div style={{ height: nodes.length * rowHeight, position: 'relative' }}>
          {seen.places.map((place) => {
            const node = nodes[place];
            return (
              node !== undefined && (
                <div key={place} className="structure-slot" style={{ top: place * rowHeight, height: rowHeight }}>
                  <StructureRow node={node} traces={structure.traces} />
                </div>
              )
            );
          })}
        </div>
      </section>
    </>
  );
}

/** What is not in the tree. */
function Missing({ read: { failures, firstFailure, warnings, structure } }: { readonly read: ReadStructure }) {
  const { t } = useTranslation();
  const formats = useFormats();
  if (failures === 0 && structure.leftOut === 0 && warnings.length === 0) return null;
  const texts = [
    ...(failures > 0
      ? [t('traces.structure.unread', { traces: formats.integer(failures), reason: firstFailure })]
      : []),
    ...(structure.leftOut > 0 ? [t('traces.structure.leftOut', { spans: formats.integer(structure.leftOut) })] : []),
    ...warnings,
  ];
  return <PartialNote warnings={texts} />;
}

/** Where errors start, the most first; each leads to such a span. */
function Origins({ read }: { readonly read: ReadStructure }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const origins = useMemo(() => errorOrigins(read.structure), [read]);
  if (origins.length === 0) return null;
  return (
    <div className="structure-origins">
      <h3>{t('traces.structure.origins')}</h3>
      <ul>
        {origins.slice(0, originsListed).map((node) => (
          <li key={node.example.traceId + node.example.spanId}>
            <ScreenLink to={`/trace/${node.example.traceId}`} with={{ span: node.example.spanId }}>
              <span className="swatch" style={{ background: serviceColor(node.service, theme) }} />
              <strong>{node.service}</strong>: {node.operation}
            </ScreenLink>{' '}
            <span className="tone-error num">
              {t('traces.structure.starts', {
                errors: formats.integer(node.origins),
                spans: formats.integer(node.spans),
              })}
            </span>
          </li>
        ))}
      </ul>
      {origins.length > originsListed && (
        <p className="dim num">
          {t('traces.structure.moreOrigins', { places: formats.integer(origins.length - originsListed) })}
        </p>
      )}
    </div>
  );
}

/** A place with its figures; opens the span that says most about it. */
function StructureRow({ node, traces }: { readonly node: StructureNode; readonly traces: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const theme = useTheme();
  const share = node.traces / traces;
  return (
    <ScreenLink
      to={`/trace/${node.example.traceId}`}
      with={{ span: node.example.spanId }}
      className="structure-row"
      data-origin={node.origins > 0 || undefined}
      title={`${node.service}: ${node.operation}`}
    >
      <span className="structure-name" style={indent(node.depth)}>
        <span className="swatch" style={{ background: serviceColor(node.service, theme) }} />
        <strong>{node.service}</strong> {node.operation}
        {node.origins > 0 && (
          <IconAlertCircleFilled
            size={13}
            className="tone-error span-failed"
            aria-label={t('traces.structure.origins')}
          />
        )}
      </span>
      <span className="structure-share num">
        <span className="duration-bar" style={{ width: `${share * 100}%` }} />
        <span>{formats.value(share, 'ratio')}</span>
      </span>
      <span className="right num">{formats.integer(node.spans)}</span>
      <span className={node.failures > 0 ? 'right num tone-error' : 'right num dim'}>
        {formats.integer(node.failures)}
      </span>
      <span className="right num">{formats.duration(node.selfNs / 1e6)}</span>
      <span className="right num">{formats.duration(node.totalNs / 1e6)}</span>
    </ScreenLink>
  );
}
