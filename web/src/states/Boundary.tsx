import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

function Broken({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  return (
    <div className="state" role="alert">
      <div className="state-title">{t('states.crash')}</div>
      <div>{t('states.crashHint')}</div>
      <pre className="code-block">{error.stack ?? String(error)}</pre>
      <button type="button" className="text-button" onClick={() => window.location.reload()}>
        {t('states.reload')}
      </button>
    </div>
  );
}

interface Props {
  readonly children: ReactNode;
}

/** Keeps one broken screen from taking the frame with it. React offers this only as a class. */
export class Boundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : <Broken error={this.state.error} />;
  }
}
