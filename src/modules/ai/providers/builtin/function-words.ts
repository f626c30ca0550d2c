/** Words that a question is asked with, and not what it is about. They count for little, and not for nothing. */
const FUNCTION_WORDS = `
a about an and any are as at be been by can could did do does for from give had has have how i if in into is it its
just long many me much my of on one or our please should show so some such tell than that the their them then there
these they this those to us was we were what when where which who whom whose why will with would you your
aber als am an auch auf aus bei bin bis das dass dem den der des die dies diese dieser dieses du durch ein eine einem
einen einer eines er es für gibt habe haben hat hatte ich ihr im in ist kann kein keine lange man mich mir mit muss
nach nicht nur oder ob sein seine sich sie sind so über um und uns unser viel viele vom von vor wann war warum was
wegen welche welchem welchen welcher welches wenn wer werden wie wieviel wir wird wo woher wohin wurde zu zum zur
à au aux avec ce ces cette combien comment dans de des du elle en est et il ils je la le les leur mais nous où ou par
pas pour pourquoi quand que quel quelle quelles quels qui sa se ses son sont sur un une vous
al como con cuál cuándo cuánto de del dónde el ella en es esta este hay la las lo los más no para por porque qué que
quién se ser si sin sobre son su sus un una y
的 了 是 在 吗 呢 么 什 什么 怎么 多 少 多少 哪 哪里 谁 几 和 与 或 有 我 你 他 它 这 那 请 为 何 如何 个 吧 会 能 可以 多久 多长
は が の を に で と も へ や か ね よ です ます ある いる する した して こと もの 何 なに いつ どこ だれ 誰 どの どれ いくら なぜ から まで
คือ ที่ และ หรือ ของ ใน มี เป็น ให้ ได้ ไป มา การ ความ อะไร เท่าไร เท่าไหร่ กี่ ไหม อย่างไร เมื่อไร เมื่อไหร่ ใคร ไหน ทำไม นาน จะ ต้อง จาก กับ
`;

export const FUNCTION_WORD_LIST: readonly string[] = FUNCTION_WORDS.trim().split(/\s+/);
