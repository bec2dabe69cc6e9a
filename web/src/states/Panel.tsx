import type { ReactNode } from 'react';

interface Props {
  readonly title: ReactNode;
  readonly tools?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A titled surface. */
export function Panel({ title, tools, className, children }: Props) {
  return (
    <section className={className === undefined ? 'panel' : `panel ${className}`}>
      <div className="panel-head">
        <h2>{title}</h2>
        {tools !== undefined && <div className="panel-tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}
