import { describe, expect, it } from 'vitest';
import { verificationContent } from './account-mail-content.ts';
import { renderMail } from './render-mail.ts';

const URLS = { publicUrl: 'https://app.example.com', apiUrl: 'https://app.example.com/api/v1' };
const TOKEN = 'a'.repeat(64);
const LIFETIMES = { verification: '24 hours', passwordReset: '60 minutes' };

describe('a mail', () => {
  it('says the same in both forms: a link, its life, and the call behind it', () => {
    const mail = renderMail(verificationContent(URLS, { token: TOKEN, lifetimes: LIFETIMES }));
    const link = `https://app.example.com/verify-email#token=${TOKEN}`;
    expect(mail.subject).toBe('Confirm your email address');
    expect(mail.text).toContain(`\n${link}\n`);
    expect(mail.html).toContain(`<a href="${link}">`);
    for (const form of [mail.text, mail.html]) {
      expect(form).toContain('24 hours');
      expect(form).toContain('POST https://app.example.com/api/v1/auth/email/verify');
    }
  });

  it('keeps what others wrote from becoming markup', () => {
    const evil = `"><script>alert('x')</script>&amp;`;
    const mail = renderMail({
      subject: evil,
      paragraphs: [evil],
      action: { label: evil, link: `https://x.example/${evil}`, call: evil, token: evil },
      closing: [evil],
    });
    expect(mail.html).not.toContain('<script');
    expect(mail.html).not.toContain(`"https://x.example/">`);
    expect(mail.html).toContain(
      '<p>&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;</p>',
    );
    expect(mail.text).toContain(evil);
  });
});
