import { useTranslation } from 'react-i18next';
import { keymap } from '../app/keymap.ts';
import { useShortcuts } from '../app/Shortcuts.tsx';
import { useCopy } from '../app/Toasts.tsx';
import { goTo } from '../url/view.ts';
import type { LogRow } from './rows.ts';
import type { LogLines } from './useLogLines.ts';
import { type LogView, logForms } from './useLogView.ts';
import type { Selection } from './useSelection.ts';

interface Keyed {
  readonly view: LogView;
  readonly lines: LogLines;
  readonly selection: Selection;
  readonly open: LogRow | null;
  readonly cursor: number;
  readonly setCursor: (cursor: number) => void;
  readonly setOpen: (row: LogRow | null) => void;
  readonly linkTo: (row: LogRow) => string;
  /** Lets a live list move again. */
  readonly scrollToTop: () => void;
}

/** The keys of the logs screen: moving, opening, picking, copying, and how the list is shown. Returns how the list's own arrow keys move. */
export function useLogKeys({
  view,
  lines,
  selection,
  open,
  cursor,
  setCursor,
  setOpen,
  linkTo,
  scrollToTop,
}: Keyed): (by: number) => void {
  const { t } = useTranslation();
  const copy = useCopy();
  const said = t('actions.copied');
  const at = cursor >= 0 ? cursor : open === null ? -1 : lines.find(open.id);
  const here = at < 0 ? undefined : lines.rowAt(at);
  const flip = (name: string, on: boolean): void => view.set({ [name]: on ? null : '1' }, { replace: true });
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(lines.count - 1, to));
    setCursor(next);
    const row = lines.rowAt(next);
    if (row !== undefined) setOpen(row);
  };
  const step = (by: number): void => move(at < 0 ? 0 : at + by);
  const next = logForms[(logForms.indexOf(view.form) + 1) % 3];
  useShortcuts([
    { id: 'logFollow', strokes: keymap.logFollow, run: () => flip('live', view.live) },
    { id: 'timeLive', strokes: keymap.timeLive, run: () => flip('live', view.live) },
    { id: 'logWrap', strokes: keymap.logWrap, run: () => flip('wrap', view.wrap) },
    {
      id: 'logPatterns',
      strokes: keymap.logPatterns,
      run: () => view.set({ view: view.form === 'patterns' ? null : 'patterns' }),
    },
    { id: 'logForm', strokes: keymap.logForm, run: () => view.set({ view: next === 'list' ? null : next }) },
    { id: 'listNext', strokes: keymap.listNext, run: () => step(1) },
    { id: 'listPrevious', strokes: keymap.listPrevious, run: () => step(-1) },
    { id: 'open', strokes: keymap.open, run: () => here !== undefined && setOpen(open === null ? here : null) },
    {
      id: 'openTab',
      strokes: keymap.openTab,
      run: () => here !== undefined && window.open(linkTo(here), '_blank', 'noopener'),
    },
    {
      id: 'logTrace',
      strokes: keymap.logTrace,
      run: () => {
        const row = here ?? open;
        if (row?.traceId != null) goTo(`/trace/${row.traceId}`, { span: row.spanId });
      },
    },
    { id: 'select', strokes: keymap.select, run: () => here !== undefined && selection.toggle(here, at) },
    { id: 'selectRange', strokes: keymap.selectRange, run: () => here !== undefined && selection.extend(here, at) },
    {
      id: 'logNewest',
      strokes: keymap.logNewest,
      run: () => {
        setOpen(null);
        setCursor(0);
        scrollToTop();
      },
    },
    { id: 'logOldest', strokes: keymap.logOldest, run: () => move(lines.count - 1) },
    {
      id: 'close',
      strokes: keymap.close,
      run: () => (open === null ? selection.clear() : setOpen(null)),
    },
    { id: 'logCopy', strokes: keymap.logCopy, run: () => here !== undefined && copy(here.line, said) },
    { id: 'logCopyLink', strokes: keymap.logCopyLink, run: () => here !== undefined && copy(linkTo(here), said) },
  ]);
  return step;
}
