import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

type Tone = 'done' | 'failed';

interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

const ToastContext = createContext<(text: string, tone?: Tone) => void>(() => undefined);

/** Shows a short message for four seconds, read out by screen readers. */
export function useToast(): (text: string, tone?: Tone) => void {
  return useContext(ToastContext);
}

let nextId = 1;

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const show = useCallback((text: string, tone: Tone = 'done') => {
    const id = nextId++;
    setToasts((all) => [...all.slice(-3), { id, tone, text }]);
    setTimeout(() => setToasts((all) => all.filter((one) => one.id !== id)), 4000);
  }, []);
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={`toast toast-${toast.tone}`}>
            {toast.tone === 'done' ? <IconCheck size={16} aria-hidden /> : <IconAlertTriangle size={16} aria-hidden />}
            {toast.text}
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  );
}

/** Copies text and says so. */
export function useCopy(): (text: string, said: string) => void {
  const toast = useToast();
  return useCallback(
    (text, said) => {
      void writeClipboard(text).then(
        () => toast(said),
        (error: unknown) => toast(String(error), 'failed'),
      );
    },
    [toast],
  );
}

/** The clipboard API needs a secure origin; plain http on a LAN address falls back to the selection command. */
async function writeClipboard(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('the browser refused to copy');
}
