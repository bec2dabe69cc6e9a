interface Props {
  readonly labels: Readonly<Record<string, string>>;
  /** What a press on a label does, if anything. */
  readonly onPick?: (name: string, value: string) => void;
  readonly pickLabel?: (pair: string) => string;
}

/** Labels as `name=value`, each a button where there is something to do with one. */
export function LabelChips({ labels, onPick, pickLabel }: Props) {
  return (
    <span className="label-chips">
      {Object.entries(labels).map(([name, value]) => {
        const pair = `${name}=${value}`;
        return onPick === undefined ? (
          <span key={name} className="label-chip">
            {pair}
          </span>
        ) : (
          <button
            key={name}
            type="button"
            className="label-chip"
            aria-label={pickLabel?.(pair) ?? pair}
            onClick={() => onPick(name, value)}
          >
            {pair}
          </button>
        );
      })}
    </span>
  );
}
