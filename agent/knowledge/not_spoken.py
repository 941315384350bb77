"""What is said, in their own languages, to people whose language is not understood here. Data."""

from __future__ import annotations

from collections.abc import Mapping

SORRY: Mapping[str, str] = {
    "ar": "عذرًا، أفهم الإنجليزية والألمانية والإسبانية والفرنسية والصينية فقط حتى الآن.",
    "cs": "Promiňte, zatím rozumím jen anglicky, německy, španělsky, francouzsky a čínsky.",
    "da": "Beklager, jeg forstår indtil videre kun engelsk, tysk, spansk, fransk og kinesisk.",
    "el": "Συγγνώμη, προς το παρόν καταλαβαίνω μόνο αγγλικά, γερμανικά, ισπανικά, γαλλικά και κινεζικά.",
    "fi": "Anteeksi, ymmärrän toistaiseksi vain englantia, saksaa, espanjaa, ranskaa ja kiinaa.",
    "he": "סליחה, בינתיים אני מבין רק אנגלית, גרמנית, ספרדית, צרפתית וסינית.",
    "hi": "क्षमा करें, अभी मैं केवल अंग्रेज़ी, जर्मन, स्पेनिश, फ़्रेंच और चीनी समझता हूँ।",
    "hu": "Elnézést, egyelőre csak angolul, németül, spanyolul, franciául és kínaiul értek.",
    "id": "Maaf, saat ini saya hanya mengerti bahasa Inggris, Jerman, Spanyol, Prancis, dan Mandarin.",
    "it": "Mi dispiace, per ora capisco solo inglese, tedesco, spagnolo, francese e cinese.",
    "ja": "申し訳ありません。今のところ、英語、ドイツ語、スペイン語、フランス語、中国語だけ理解できます。",
    "ko": "죄송합니다. 아직은 영어, 독일어, 스페인어, 프랑스어, 중국어만 이해합니다.",
    "nb": "Beklager, foreløpig forstår jeg bare engelsk, tysk, spansk, fransk og kinesisk.",
    "nl": "Sorry, ik versta voorlopig alleen Engels, Duits, Spaans, Frans en Chinees.",
    "pl": "Przepraszam, na razie rozumiem tylko angielski, niemiecki, hiszpański, francuski i chiński.",
    "pt": "Desculpe, por enquanto só entendo inglês, alemão, espanhol, francês e chinês.",
    "ro": "Îmi pare rău, deocamdată înțeleg doar engleza, germana, spaniola, franceza și chineza.",
    "ru": "Извините, пока я понимаю только английский, немецкий, испанский, французский и китайский.",
    "sv": "Tyvärr, än så länge förstår jag bara engelska, tyska, spanska, franska och kinesiska.",
    "th": "ขออภัย ตอนนี้ฉันเข้าใจเฉพาะภาษาอังกฤษ เยอรมัน สเปน ฝรั่งเศส และจีน",
    "tr": "Üzgünüm, şimdilik yalnızca İngilizce, Almanca, İspanyolca, Fransızca ve Çince anlıyorum.",
    "uk": "Вибачте, поки що я розумію лише англійську, німецьку, іспанську, французьку та китайську.",
    "vi": "Xin lỗi, hiện tại tôi chỉ hiểu tiếng Anh, Đức, Tây Ban Nha, Pháp và Trung.",
}
"""BCP-47 code -> one sentence."""
