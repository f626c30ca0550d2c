import { z } from 'zod';

const MAX_NOTES = 5;
const MAX_NOTE_LENGTH = 300;
const Notes = z.object({ notes: z.array(z.unknown()) });

/** What a model wrote down, as far as it can be kept; nothing where it answered otherwise. */
export function readNotes(answer: string): readonly string[] {
  const parsed = Notes.safeParse(parseObject(answer));
  if (!parsed.success) return [];
  const notes = parsed.data.notes.filter((note) => typeof note === 'string').map(clean);
  return [...new Set(notes.filter(isKept))].slice(0, MAX_NOTES);
}

/** Models like to put JSON between fences and words. */
function parseObject(answer: string): unknown {
  try {
    return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
  } catch {
    return undefined;
  }
}

function clean(note: string): string {
  return note.replaceAll(/\s+/g, ' ').trim();
}

function isKept(note: string): boolean {
  const isStorable = !note.includes('\0') && note.isWellFormed();
  return isStorable && note.length > 0 && note.length <= MAX_NOTE_LENGTH;
}
