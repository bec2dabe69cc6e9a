import { HoverCard } from '@mantine/core';
import { IconBellPlus, IconChevronRight, IconMinus, IconPlus, IconVolumeOff } from '@tabler/icons-react';
import type { LogPattern } from '@trilith/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { draftPage, draftQuery } from '../alerts/rulePath.ts';
import { IconButton } from '../app/IconButton.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { serviceColor } from '../chart/palette.ts';
import { Sparkline } from '../chart/Sparkline.tsx';
import { levelColors, useTheme } from '../chart/tokens.ts';
import { fetchLogLines } from '../data/logs.ts';
import { useFormats } from '../i18n/format.ts';
import { Answered } from '../states/States.tsx';
import { useAnswer } from '../states/useAnswer.ts';
import { useTime } from '../time/TimeContext.tsx';
import { goTo } from '../url/view.ts';
import { LineText } from './LineText.tsx';
import { previewOf } from './lineView.ts';
import { noiseRuleOf, saysSomething } from './noiseRule.ts';
import { patternAlertOf } from './patternAlert.ts';
import { hole, patternParts, type TokenValues, tokenValues } from './patternTokens.ts';
import { addPattern } from './refine.ts';
import { type LogRow, levelLetters, levelOf, rowsOf } from './rows.ts';

const sampledLines = 200;
const examples = 3;

export interface PatternsProps {
  readonly query: string;
  readonly onRefine: (query: string) => void;
}

interface Props extends PatternsProps {
  readonly pattern: LogPattern;
  /** Lines of the range. */
  readonly total: number;
}

/** One pattern: how often, since when, and opened its lines and what its varying parts hold. */
export function PatternRow({ pattern, total, query, onRefine }: Props) {
  const { t } = useTranslation();
  const theme = useTheme();
  const formats = useFormats();
  const copy = useCopy();
  const [open, setOpen] = useState(false);
  const level = levelOf(pattern.level);
  const before = pattern.previousCount;
  return (
    <li className="pattern" data-state={pattern.state}>
      <div className="pattern-head">
        <button
          type="button"
          className="pattern-open"
          aria-expanded={open}
          aria-label={t('logs.patternLines')}
          onClick={() => setOpen(!open)}
        >
          <IconChevronRight size={14} aria-hidden />
        </button>
        <span className="pattern-count num">
          {formats.integer(pattern.count)}
          <span className="dim"> {formats.value(pattern.count / Math.max(1, total), 'ratio')}</span>
        </span>
        <Sparkline values={pattern.counts} color={levelColors[theme][level] ?? ''} width={90} height={18} />
        <span
          className="pattern-state"
          title={before === null ? '' : t('logs.linesBefore', { lines: formats.integer(before) })}
        >
          {pattern.state !== 'steady' && t(`logs.patternState.${pattern.state}`)}
        </span>
        <span className="log-level pattern-level" data-level={level}>
          {levelLetters[level]}
        </span>
        <span className="pattern-service" style={{ color: serviceColor(pattern.service, theme) }}>
          {pattern.service}
        </span>
        <span className="pattern-text mono">{open ? pattern.pattern : <Shortened text={pattern.pattern} />}</span>
        <IconButton size={22} label={t('logs.onlyPattern')} onClick={() => onRefine(addPattern(query, pattern, false))}>
          <IconPlus size={13} aria-hidden />
        </IconButton>
        <IconButton
          size={22}
          label={t('logs.withoutPattern')}
          onClick={() => onRefine(addPattern(query, pattern, true))}
        >
          <IconMinus size={13} aria-hidden />
        </IconButton>
        <IconButton
          size={22}
          label={t('logs.patternAlert')}
          onClick={() => goTo(draftPage, draftQuery(patternAlertOf(pattern), 'logql'))}
        >
          <IconBellPlus size={13} aria-hidden />
        </IconButton>
        {saysSomething(pattern.pattern) && (
          <IconButton
            size={22}
            label={t('logs.dropPattern')}
            onClick={() => copy(noiseRuleOf(pattern), t('logs.dropRuleCopied'))}
          >
            <IconVolumeOff size={13} aria-hidden />
          </IconButton>
        )}
      </div>
      {open && <PatternLines pattern={pattern} />}
    </li>
  );
}

/** The pattern on one line, its holes as dots. */
function Shortened({ text }: { readonly text: string }) {
  let at = 0;
  return patternParts(text.replaceAll('\n', ' ')).map((part) => {
    at += 1;
    return typeof part === 'number' ? (
      <span key={at} className="pattern-hole">
        ‹…›
      </span>
    ) : (
      <span key={at}>{part}</span>
    );
  });
}

/** What of a line the pattern was made from: the message of a JSON line, else the line. */
function patternText(row: LogRow): string {
  return row.line.trimStart().startsWith('{') ? previewOf(row.line).message : row.line;
}

/** Some lines of a pattern, and what each of its varying parts holds in a sample of them. */
function PatternLines({ pattern }: { readonly pattern: LogPattern }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { range } = useTime();
  const answer = useAnswer({
    subject: ['pattern-lines', pattern.filter],
    at: [range.fromMs, range.toMs],
    ask: (signal) =>
      fetchLogLines(
        {
          query: pattern.filter,
          startNs: `${Math.floor(range.fromMs)}000000`,
          endNs: `${Math.ceil(range.toMs)}000000`,
          direction: 'backward',
          limit: sampledLines,
        },
        signal,
      ),
  });
  return (
    <div className="pattern-body">
      <Answered answer={answer} height={60}>
        {(data) => {
          const rows = rowsOf(data);
          const values = tokenValues(pattern.pattern, rows.map(patternText));
          return (
            <>
              <p className="pattern-tokens mono">
                {patternParts(pattern.pattern).map((part, at) =>
                  typeof part === 'number' ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a pattern never change places.
                    <Token key={at} values={values[part]} sampled={rows.length} />
                  ) : (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a pattern never change places.
                    <span key={at}>{part}</span>
                  ),
                )}
              </p>
              {rows.length === 0 && <p className="dim">{t('logs.noExamples')}</p>}
              {rows.slice(0, examples).map((row) => (
                <div key={row.id} className="log-line context-line" data-level={row.level}>
                  <span className="log-time num">{formats.clock(row.ms)}</span>
                  <span className="log-message">
                    <LineText text={row.line} wanted={[]} />
                  </span>
                </div>
              ))}
            </>
          );
        }}
      </Answered>
    </div>
  );
}

/** A varying part: its values by how often they occur, on hover or focus. */
function Token({ values, sampled }: { readonly values: TokenValues | undefined; readonly sampled: number }) {
  const { t } = useTranslation();
  const formats = useFormats();
  return (
    <HoverCard openDelay={150} position="bottom-start" shadow="md">
      <HoverCard.Target>
        <button type="button" className="pattern-hole">
          {hole}
        </button>
      </HoverCard.Target>
      <HoverCard.Dropdown className="token-values">
        <div className="dim num">
          {t('logs.tokenValues', { count: values?.distinct ?? 0, lines: formats.integer(sampled) })}
        </div>
        {(values?.top ?? []).map(([value, lines]) => (
          <div key={value} className="field-value">
            <span
              className="field-bar"
              style={{ width: `${(lines / Math.max(1, values?.top[0]?.[1] ?? 1)) * 100}%` }}
            />
            <span className="field-text">{value === '' ? '""' : value}</span>
            <span className="dim num">{formats.integer(lines)}</span>
          </div>
        ))}
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
