import type { Config } from '#platform/config/config';
import type { RatePolicies } from '#platform/http/rate-limit.hook';
import { parseRateLimit } from '#platform/rate-limit/parse-rate-limit';
import type { RatePolicy, RateWindow } from '#platform/rate-limit/rate-limiter';

const STREAM_LIMIT = '20/minute';

/** The limits in force, by the names that routes use. Those that cost money or guard a password never fall open. */
export function createRatePolicies(limits: Config['rateLimits']): RatePolicies {
  const guarded = (name: string, windows: readonly RateWindow[]) => ({
    name,
    windows,
    isGuarded: true,
  });
  const stream = (name: string, chat: readonly RateWindow[]): RatePolicy =>
    guarded(name, limits.chatStream ?? smallerOf(parseRateLimit(STREAM_LIMIT), chat));
  return {
    default: { name: 'default', windows: limits.default, isGuarded: false },
    register: { ...guarded('register', limits.register), isDurable: true },
    login: { ...guarded('login', limits.login), isDurable: true },
    export: guarded('export', limits.export),
    invite: { ...guarded('invite', limits.invite), isDurable: true },
    webhook: { name: 'webhook', windows: limits.webhook, isGuarded: false },
    chat: {
      free: guarded('chat-free', limits.chatFree),
      pro: guarded('chat-pro', limits.chatPro),
      enterprise: guarded('chat-enterprise', limits.chatEnterprise),
    },
    'chat-stream': {
      free: stream('chat-stream-free', limits.chatFree),
      pro: stream('chat-stream-pro', limits.chatPro),
      enterprise: stream('chat-stream-enterprise', limits.chatEnterprise),
    },
  };
}

/** The windows that let fewer requests through, compared by their tightest rate. */
function smallerOf(
  one: readonly RateWindow[],
  other: readonly RateWindow[],
): readonly RateWindow[] {
  const tightest = (windows: readonly RateWindow[]) =>
    Math.min(...windows.map(({ limit, windowSeconds }) => limit / windowSeconds));
  return tightest(one) <= tightest(other) ? one : other;
}
