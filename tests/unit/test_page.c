/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "watch/page.h"

#define COUNT(table) (sizeof (table) / sizeof (table)[0])

static const char *const kinds[] = { "ordinary", "closing", "parked", "challenge", "empty" };

/* The home page of a marketplace, with one sentence somewhere in it. */
static void
home_page(struct buf *out, const char *sentence)
{
	buf_str(out, "<!doctype html><html lang=fr><head><title>Roulotte &amp; Cie | près de Marmande</title>"
	    "<script>var dataLayer = [];</script></head><body><nav><ul><li>Accueil<li>Nos annonces<li>Aide</ul></nav>");
	for (int i = 0; i < 40; i++) {
		buf_fmt(out, "<article><h3>Roulotte n° %d</h3><p>Une jolie roulotte au bord du canal, pour quatre"
		    " personnes, avec terrasse et vélos.</p></article>", i);
		if (i == 20)
			buf_fmt(out, "<article><h3>Une annonce</h3><p>%s</p></article>", sentence);
	}
	buf_str(out, "<footer>Conditions générales. Données personnelles.</footer></body></html>");
}

static void
notice_page(struct buf *out, const char *sentence)
{
	buf_fmt(out, "<html><head><title>Roulotte</title></head><body><p>%s</p></body></html>", sentence);
}

static enum page_kind
kind_of(const struct buf *page, struct page_reading *ret)
{
	page_read(page->data, page->len, "text/html; charset=utf-8", ret);
	assert_true(utf8_valid(ret->quote, strlen(ret->quote)));
	return ret->kind;
}

static void
check_all(void (*make)(struct buf *out, const char *sentence), const char *const *sentences, size_t n, enum page_kind kind)
{
	unsigned wrong = 0;
	for (size_t i = 0; i < n; i++) {
		struct buf page = BUF_INIT;
		struct page_reading reading;
		make(&page, sentences[i]);
		enum page_kind got = kind_of(&page, &reading);
		if (got != kind)
			print_error("%s, not %s (%u cues, « %s »): %s\n", kinds[got], kinds[kind], reading.cues,
			    reading.quote, sentences[i]);
		wrong += got != kind;
		buf_done(&page);
	}
	assert_int_equal(wrong, 0);
}

/* Good-byes that are nothing else. */
static const char *const notices[] = {
	"Chers membres, c'est avec une grande tristesse que nous vous annonçons la fermeture définitive de Roulotte.",
	"Roulotte, c'est fini. Nous avons dû prendre la décision d'arrêter notre activité.",
	"Roulotte est désormais fermé. Le site n'est plus accessible depuis le 1er mai.",
	"La plateforme a cessé d'exister le 31 décembre 2025.",
	"Fermeture du service Roulotte. Les réservations en cours seront remboursées.",
	"L'aventure Roulotte touche à sa fin.",
	"Après 8 belles années, Roulotte tire sa révérence.",
	"La société Roulotte a été placée en liquidation judiciaire par le tribunal de commerce d'Agen.",
	"Le site Roulotte.example ferme. Merci à toutes et à tous pour votre fidélité.",
	"Nous avons le regret de vous annoncer que Roulotte cessera définitivement ses activités le 30 septembre.",
	"Roulotte a fermé ses portes définitivement, nous vous remercions de votre confiance.",
	"Roulotte is now part of Bigger. Create your new account there.",
	"Roulotte devient Grande-Marque ! Créez votre nouveau compte ici.",
	"We're sad to announce that Roulotte will be shutting down on March 31st.",
	"It is with a heavy heart that we announce that we are closing Roulotte. You can download your data until May 1.",
	"Roulotte has shut down. Thank you for being part of our journey.",
	"Roulotte is no longer operating.",
	"Roulotte has been acquired by Bigger and the service will be discontinued.",
	"Sorry, this site has been shut down.",
	"Unfortunately, we've decided to close Roulotte.",
	"Roulotte closed its doors on 1 January 2026.",
	"Goodbye! Roulotte.example is closing down. All accounts will be deleted on June 1.",
	"Thanks for the memories: Roulotte shut down on June 1.",
	"Roulotte &amp; Cie cesse son activit&eacute; le 30 juin.",
	"Après sept ans, notre société a cessé toute activité.",
	"Le service s’arrête définitivement fin mars. Merci à tous !",
	"Roulotte ferme définitivement ses portes.",
	"Nous avons fermé nos portes le 3 mai dernier.",
	"Clap de fin pour Roulotte.",
	"C'est la fin de l'aventure !",
	"Notre site est définitivement fermé.",
	"Toute l’équipe tire sa révérence.",
	"La société est en liquidation judiciaire.",
	"Le service n'est plus disponible. Merci pour toutes ces années passées ensemble.",
	"Nous avons décidé de mettre fin à l'aventure.",
	"LE SERVICE ROULOTTE N'EXISTE PLUS",
	"L'arrêt du service aura lieu le 12 avril. Exportez vos données avant cette date.",
	"Roulotte rejoint NOUVELLE-MARQUE : inscrivez-vous à l'app !",
	"Roulotte is shutting down. Thank you for seven wonderful years.",
	"This service has been discontinued.",
	"We are closing our doors on June 30th.",
	"After nine years, we have decided to shut down the platform.",
	"Roulotte has permanently closed.",
	"The company has ceased operations.",
	"We are no longer in business.",
	"The API has been retired; your data will be deleted.",
	"This website is no longer available. Thanks to everyone who was part of it.",
};

/* Said by a partner on a page that is full of other things. */
static const char *const banners[] = {
	"Notre service s'arrête définitivement le 30 juin 2026.",
	"Nous fermons définitivement la plateforme au printemps.",
	"Nous mettons fin à notre service. Merci à tous nos hôtes pour ces belles années !",
	"Our platform is closing permanently.",
	"Roulotte rejoint Grande-Marque : téléchargez la nouvelle application",
};

/* What ordinary pages say; each both within a long page and alone on a short one. */
static const char *const harmless[] = {
	"Nous fermons définitivement les comptes inactifs.",
	"<noscript>Le service s'arrête définitivement.</noscript>Nos roulottes.",
	"Le service client est fermé le week-end et les jours fériés.",
	"Service client fermé, réouverture lundi à 9h.",
	"Site fermé aux véhicules. Parking fermé la nuit.",
	"Le site archéologique est fermé en cas de pluie.",
	"Location de la ferme des Arrêts : activités pour tous, arrêt de bus à 200 m.",
	"Arrêt du service de navette à 20h.",
	"L'application n'est plus disponible sur Android 4.",
	"Nos bureaux fermeront exceptionnellement le 24 décembre. Merci à tous et bonnes fêtes !",
	"Après dix ans d'absence, le petit train reprend du service.",
	"Devient membre et rejoint la communauté : crée ton compte !",
	"Rejoignez Roulotte, téléchargez l'application.",
	"Julie est maintenant à Bordeaux. Sign up on our site!",
	"La saison est terminée, merci à tous ! Rendez-vous en avril.",
	"Le pont est fermé définitivement à la circulation.",
	"Our office is closed today.",
	"The offer ends soon. We are closed for the season, thank you all!",
	"Bookings close down to the last minute.",
	"The service is not available in your country.",
	"If you close your account, your data will be deleted.",
	"We never shut down.",
	"Buy this beautiful domain: vineyard for sale.",
	"Liquidation judiciaire : vente de matériel aux enchères.",
	"Le musée ferme le lundi.",
	"Fermé au public en hiver.",
	"Une ferme auberge définitivement tournée vers le bio.",
	"La ferme définitivement la plus belle du canton.",
	"Ferme-auberge ouverte toute l'année, produits de la ferme.",
	"En fermant ce bandeau, vous acceptez les cookies. Fermer définitivement cette fenêtre.",
	"Le camping ferme ses portes pour l'hiver et rouvre en avril.",
	"L'office ferme ses portes à 18h.",
	"Fermeture annuelle du 20 décembre au 5 janvier.",
	"Fermeture exceptionnelle du site pour travaux.",
	"Cette annonce n'est plus disponible.",
	"Cette page n'existe plus.",
	"Le restaurant a définitivement fermé ses portes en 2019.",
	"La prison a fermé définitivement en 1953, après cent ans.",
	"Nous ne fermons pas définitivement, soyez rassurés.",
	"Le service ne s'arrête jamais.",
	"Si le service cesse son activité, les acomptes sont remboursés.",
	"L'éditeur peut cesser son activité ou mettre fin au service à tout moment.",
	"En cas de liquidation judiciaire, les présentes conditions cessent.",
	"Vous pouvez fermer définitivement votre compte à tout moment.",
	"Merci à tous nos hôtes ! Après dix ans, quelle belle aventure.",
	"Le site est fermé pour maintenance, retour dans quelques heures.",
	"Le service n'est plus disponible pour le moment.",
	"Le sentier rejoint Marmande par les coteaux.",
	"Julie a rejoint Roulotte en 2021 ; inscrivez-vous à notre lettre.",
	"SamBoat rejoint le groupe Océan Bleu.",
	"We are closed on Mondays.",
	"We are closing early on Christmas Eve.",
	"This item has been discontinued.",
	"We may discontinue the service at any time.",
	"We reserve the right to shut down the service.",
	"We are not shutting down.",
	"The pool is closed until May.",
	"Roulotte is now in Bordeaux!",
	"Domaine viticole à vendre en Lot-et-Garonne.",
	"Recherches associées : roulotte, gîte, chalet.",
	"Vérifiez votre navigateur si les cartes ne s'affichent pas.",
};

/* Harmless only because the page is full of other things. */
static const char *const stories[] = {
	"L'usine a cessé son activité en 1980.",
	"Fin de l'aventure : le trésor est trouvé, l'aventure se termine au donjon.",
	"Tire un trait sur le stress, baisse le rideau, et profite.",
	"SamBoat devient Grand-Large. Créez votre compte pour commenter.",
	"Un dragon met fin à l'aventure des chevaliers.",
	"L'entreprise ferme définitivement en 1987, et le site a fermé définitivement.",
	"La société est en liquidation judiciaire depuis Balzac.",
	"The company ceased operations in 1950.",
	"Le château a fermé ses portes en 1789.",
	"Le propriétaire cesse son activité de potier.",
	"Après trente ans, elle tire sa révérence.",
	"Clap de fin pour le festival du film.",
	"Nous avons fermé nos portes aux voitures.",
	"Ce nom de domaine est à vendre, lit-on dans un article.",
	"Just a moment : le bar à vins du canal.",
};

static void
test_closing(void **state)
{
	(void)state;
	check_all(notice_page, notices, COUNT(notices), PAGE_CLOSING);
	check_all(home_page, banners, COUNT(banners), PAGE_CLOSING);
}

static void
test_ordinary(void **state)
{
	(void)state;
	check_all(home_page, harmless, COUNT(harmless), PAGE_ORDINARY);
	check_all(notice_page, harmless, COUNT(harmless), PAGE_ORDINARY);
	check_all(home_page, stories, COUNT(stories), PAGE_ORDINARY);
}

static void
test_quote(void **state)
{
	static const char html[] = "<title>Voyage Inventé</title><p>Bonjour. Apr\xe8s 9 ans, le service\n<b>s'arr\xeate</b>"
	    "&nbsp;d&eacute;finitivement. Adieu !</p>";
	struct page_reading reading;
	(void)state;
	page_read(html, sizeof html - 1, "text/html", &reading);
	assert_int_equal(reading.kind, PAGE_CLOSING);
	assert_string_equal(reading.quote, "Après 9 ans, le service s'arrête définitivement.");
	assert_int_equal(reading.cues, 2);
}

static void
test_long_quote(void **state)
{
	struct buf page = BUF_INIT;
	struct page_reading reading;
	(void)state;
	buf_str(&page, "<h1>Notre service ferme définitivement ");
	for (int i = 0; i < 80; i++)
		buf_str(&page, "œuvré ");
	assert_int_equal(kind_of(&page, &reading), PAGE_CLOSING);
	assert_in_range(strlen(reading.quote), PAGE_QUOTE_MAX - 10, PAGE_QUOTE_MAX - 1);
	buf_done(&page);
}

static void
test_json_message(void **state)
{
	static const char gone[] = "{\"error\":{\"message\":\"Le service Roulotte s\\u2019arr\\u00eate d\\u00e9finitivement\"}}";
	static const char fine[] = "{\"error\":\"service\",\"items\":[{\"title\":\"Ferme-auberge\"}]}";
	struct page_reading reading;
	(void)state;
	page_read(gone, sizeof gone - 1, "application/json", &reading);
	assert_int_equal(reading.kind, PAGE_CLOSING);
	page_read(gone, sizeof gone - 1, "", &reading);
	assert_int_equal(reading.kind, PAGE_CLOSING);
	page_read(fine, sizeof fine - 1, "application/json", &reading);
	assert_int_equal(reading.kind, PAGE_ORDINARY);
}

static void
test_parked(void **state)
{
	static const char *const parks[] = {
		"Ce nom de domaine est à vendre.",
		"This domain is for sale!",
		"Buy this domain. Related searches: flights, hotels.",
		"<a href='https://www.sedo.com/search/details/?domain=x.example'>x.example may be for sale</a>",
		"<script src='https://parkingcrew.net/x.js'></script>Sponsored listings",
		"The domain x.example has expired. <a href='https://www.afternic.com/forsale/x.example'>Offer</a>",
		"Ce domaine est à vendre. Liens sponsorisés : crédit, assurance.",
	};
	(void)state;
	check_all(notice_page, parks, COUNT(parks), PAGE_PARKED);
}

static void
test_challenge(void **state)
{
	static const char *const pages[] = {
		"<script>window._cf_chl_opt={};</script>",
		"<h1>Checking your browser before accessing x.example</h1>",
		"<script src='https://geo.captcha-delivery.com/captcha/'></script>Please enable JS and disable any ad blocker",
		"<h1>Vérification de votre navigateur</h1>",
		"<iframe src='/_Incapsula_Resource?x'>Request unsuccessful. Incapsula incident ID: 1</iframe>",
		"<script src='/_sec/cp_challenge/sec-4-2.js'></script>",
		"<h1>Access Denied</h1>You don't have permission to access this. https://errors.edgesuite.net/18.1",
	};
	static const char title[] = "<html><head><title>Just a moment...</title></head><body></body></html>";
	struct page_reading reading;
	(void)state;
	check_all(notice_page, pages, COUNT(pages), PAGE_CHALLENGE);
	page_read(title, sizeof title - 1, "text/html", &reading);
	assert_int_equal(reading.kind, PAGE_CHALLENGE);
}

static void
test_empty(void **state)
{
	static const char *const pages[] = { "", " \n", "<html><body></body></html>", "<p>&nbsp;</p><script>words</script>",
	    "\xef\xbb\xbf", "<!-- words -->" };
	struct page_reading reading;
	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		page_read(pages[i], strlen(pages[i]), "text/html", &reading);
		assert_int_equal(reading.kind, PAGE_EMPTY);
		assert_string_equal(reading.quote, "");
	}
	page_read("\x89PNG\r\n", 6, "image/png", &reading);
	assert_int_equal(reading.kind, PAGE_ORDINARY);
}

static void
test_likeness(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT, c = BUF_INIT;
	struct page_reading ra, rb, rc;
	(void)state;
	home_page(&a, "Une roulotte à la ferme, vue le 12 mai à 10 h 30.");
	home_page(&b, "Un chalet dans les vignes, vu le 13 mai à 11 h 45.");
	notice_page(&c, "Création de sites vitrines et référencement à Vannes : notre portfolio.");
	(void)kind_of(&a, &ra);
	(void)kind_of(&b, &rb);
	(void)kind_of(&c, &rc);
	assert_true(page_alike(ra.likeness, ra.likeness));
	assert_true(page_alike(ra.likeness, rb.likeness));
	assert_false(page_alike(ra.likeness, rc.likeness));
	buf_done(&a);
	buf_done(&b);
	buf_done(&c);
}

/* Depth, size and bytes that are no text: an answer, soon. */
static void
test_hostile(void **state)
{
	static const char *const pieces[] = { "<div>", "<", "&", "<!--", "<h1>a b. ", "\xff\xfe", "é", "[", "{\"a\":", "<svg><title>",
	    "ferme ", "* | % @ ", "\002" };
	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct buf page = BUF_INIT;
		struct page_reading reading;
		while (page.len < PAGE_BYTES_MAX + 1000)
			buf_str(&page, pieces[i]);
		(void)kind_of(&page, &reading);
		page_read(page.data, page.len, "application/json", &reading);
		page_read(page.data, page.len, "", &reading);
		buf_done(&page);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closing),
		cmocka_unit_test(test_ordinary),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_long_quote),
		cmocka_unit_test(test_json_message),
		cmocka_unit_test(test_parked),
		cmocka_unit_test(test_challenge),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_likeness),
		cmocka_unit_test(test_hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
