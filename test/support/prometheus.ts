export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const PARTS_OF_HISTOGRAMS = /_(bucket|sum|count)$/;

/** What a server tells of itself now. */
export async function readMetrics(baseUrl: string): Promise<readonly Sample[]> {
  const response = await fetch(`${baseUrl}/metrics`);
  return parseMetrics(await response.text());
}

/** Reads Prometheus' text form. */
export function parseMetrics(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      if (name === '') throw new Error(`not a sample: ${line}`);
      const pairs = [...labels.matchAll(LABEL)].map(([, label = '', content = '']) => [
        label,
        content,
      ]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}

/** The names that the text declares, with or without samples. */
export function listFamilies(text: string): readonly string[] {
  return [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name);
}

/** The family that a sample belongs to: a histogram has samples of several names. */
export function familyOf({ name, labels }: Sample, families: readonly string[]): string {
  const histogram = name.replace(PARTS_OF_HISTOGRAMS, '');
  return families.includes(name) && !('le' in labels) ? name : histogram;
}

/** The sum of the samples that have these labels. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
