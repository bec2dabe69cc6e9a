import type { TraceSpan } from '@trilith/contract';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { ScreenLink } from '../url/ScreenLink.tsx';
import { AttributeList } from './AttributeList.tsx';

const mostEvents = 100;
const mostLinks = 50;

interface Props {
  readonly span: TraceSpan;
  /** The trace's start, ns. */
  readonly startNs: bigint;
  readonly search: string;
}

/** What happened within a span, exceptions with their stack, and the traces it links to. */
export function SpanEvents({ span, startNs, search }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <>
      {span.events.length > 0 && (
        <section>
          <h3 className="field-group">
            {t('trace.events')} ({span.events.length})
          </h3>
          {span.events.slice(0, mostEvents).map((event, at) => {
            const { 'exception.stacktrace': stack, ...rest } = event.attributes;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: two events may be equal to the letter.
              <div key={at} data-exception={event.name === 'exception' || undefined} className="span-event">
                <AttributeList
                  title={`${formats.duration(Number(BigInt(event.timeNs) - startNs) / 1e6)} · ${event.name}`}
                  attributes={rest}
                  search={search}
                  scope="event"
                />
                {stack !== undefined && <pre className="span-json">{stack}</pre>}
              </div>
            );
          })}
        </section>
      )}
      {span.links.length > 0 && (
        <section>
          <h3 className="field-group">
            {t('trace.links')} ({span.links.length})
          </h3>
          {span.links.slice(0, mostLinks).map((link) => (
            <div key={link.traceId + link.spanId} className="span-link">
              <ScreenLink to={`/trace/${link.traceId}`} with={{ span: link.spanId }} className="mono break">
                {link.traceId}
              </ScreenLink>
              {Object.keys(link.attributes).length > 0 && (
                <AttributeList title={t('trace.attributes')} attributes={link.attributes} search={search} />
              )}
            </div>
          ))}
        </section>
      )}
    </>
  );
}
