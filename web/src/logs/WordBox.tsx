import { IconHistory, IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../i18n/format.ts';
import { completed, wordAt } from './searchText.ts';
import { type Choice, useWordCompletion } from './useWordCompletion.ts';

interface Props {
  readonly value: string;
  readonly scope: string;
  readonly onChange: (text: string) => void;
  readonly onRun: (text: string) => void;
  /** The toggles at the right. */
  readonly children: ReactNode;
}

/** The box for words and `key:value`, with what may come next below it. */
export function WordBox({ value, scope, onChange, onRun, children }: Props) {
  const { t } = useTranslation();
  const formats = useFormats();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [caret, setCaret] = useState(value.length);
  const [marked, setMarked] = useState(-1);
  const word = wordAt(value, caret);
  const choices = useWordCompletion(word, value, scope, open);
  const close = (): void => {
    setOpen(false);
    setMarked(-1);
  };
  const take = (choice: Choice): void => {
    if (choice.kind === 'search') {
      onChange(choice.text);
      onRun(choice.text);
      close();
      return;
    }
    if (word === null) return;
    const next = completed(value, word, choice.text);
    onChange(next.text);
    setCaret(next.caret);
    setMarked(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(next.caret, next.caret));
  };
  const onKey = (event: KeyboardEvent): void => {
    const choice = choices[marked];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const by = event.key === 'ArrowDown' ? 1 : -1;
      if (choices.length > 0)
        setMarked((marked + by + choices.length + (marked < 0 && by < 0 ? 1 : 0)) % choices.length);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && choice !== undefined) {
      event.preventDefault();
      take(choice);
    } else if (event.key === 'Enter') {
      close();
      onRun(value);
    } else if (event.key === 'Escape') close();
  };
  return (
    <div className="word-box">
      <IconSearch size={15} className="dim" aria-hidden />
      <input
        ref={input}
        data-main-search
        role="combobox"
        aria-expanded={choices.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        {...(marked >= 0 ? { 'aria-activedescendant': `${id}-${marked}` } : {})}
        value={value}
        aria-label={t('logs.placeholder')}
        placeholder={t('logs.placeholder')}
        spellCheck={false}
        autoComplete="off"
        onFocus={() => setOpen(true)}
        onBlur={close}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? value.length)}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          setCaret(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
          setOpen(true);
          setMarked(-1);
        }}
        onKeyDown={onKey}
      />
      {children}
      {choices.length > 0 && (
        <div className="choices" id={id} role="listbox" aria-label={t('logs.choices')}>
          {choices.map((choice, at) => (
            <div
              key={choice.text}
              id={`${id}-${at}`}
              className="choice"
              role="option"
              tabIndex={-1}
              aria-selected={at === marked}
              // Before the box loses the focus.
              onMouseDown={(event) => {
                event.preventDefault();
                take(choice);
              }}
            >
              {choice.kind === 'search' && <IconHistory size={13} className="dim" aria-hidden />}
              <span className="choice-text">{choice.kind === 'field' ? `${choice.text}:` : choice.text}</span>
              <span className="dim num">
                {choice.lines !== null && formats.integer(choice.lines)}
                {choice.coverage !== null && formats.value(choice.coverage, 'ratio')}
              </span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
