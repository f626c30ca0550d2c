import type { SpendCall, SpendGuard } from '../spending/spend-guard.ts';

export type GuardEvent = readonly [
  act: 'reserve' | 'extend' | 'settle' | 'release' | 'leave',
  detail?: unknown,
];

/** A guard that lets everything pass, and remembers what it was asked. */
export function createRecordingGuard({
  onExtend = async () => undefined,
}: { readonly onExtend?: () => Promise<void> } = {}) {
  const events: GuardEvent[] = [];
  const calls: SpendCall[] = [];
  const guard: SpendGuard = {
    async reserve(call) {
      calls.push(call);
      events.push(['reserve', call.estimate]);
      return {
        async extend(more) {
          await onExtend();
          events.push(['extend', more]);
        },
        settle: async (usage) => void events.push(['settle', usage]),
        release: async () => void events.push(['release']),
        leave: () => void events.push(['leave']),
      };
    },
    async assertRoom(call) {
      calls.push(call);
    },
  };
  return { guard, events, calls };
}
