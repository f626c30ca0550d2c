import type { DraftBlock } from './draft-block.ts';

/** A block of a page, and whether it stands in what the page says is its main content. */
export type PageBlock = DraftBlock & { readonly isMain: boolean };

/** A page that has not come to its main content by then is taken whole. */
const MAX_HELD_CHARACTERS = 262_144;

/**
 * Leaves out what stands around the main content of a page that marks it: menus, banners, links to other pages.
 * Blocks are held back until it is known whether there is any.
 */
export function createMainContent() {
  let held: PageBlock[] = [];
  let heldCharacters = 0;
  let mode: 'undecided' | 'main' | 'whole' = 'undecided';

  function* release(): Generator<DraftBlock> {
    for (const block of held) yield toDraft(block);
    held = [];
  }

  return {
    *choose(blocks: readonly PageBlock[]): Generator<DraftBlock> {
      for (const block of blocks) {
        if (mode === 'undecided' && block.isMain && block.text.trim() !== '') {
          mode = 'main';
          held = [];
        }
        if (mode === 'undecided') {
          held.push(block);
          heldCharacters += block.text.length;
          if (heldCharacters <= MAX_HELD_CHARACTERS) continue;
          mode = 'whole';
          yield* release();
        } else if (mode === 'whole' || block.isMain) yield toDraft(block);
      }
    },
    end: release,
  };
}

function toDraft({ kind, text, page, headingPath }: PageBlock): DraftBlock {
  return { kind, text, page, headingPath };
}
