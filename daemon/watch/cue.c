/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/cue.h"

#include "base/buf.h"
#include "base/utf8.h"

enum {
	PLAIN = 1,		/* says enough where little else is said */
	FINAL = 3,		/* and seasons do not take it back */
	GAP_MAX = 3,
	NEAR = 6,		/* words before a phrase, in which its subject is looked for */
};

/* As cue_says() reads them. */
static const struct phrase {
	enum cue_family family;
	unsigned flags;
	const char *pattern;
} phrases[] = {
	{ CUE_END, FINAL, "ferme|fermes|fermee|fermees|fermons|fermera|fermerons|fermeront|ferment|fermeture * definitiv%" },
	{ CUE_END, FINAL, "va|allons|vont|devons|doit|de fermer * definitiv%" },
	{ CUE_END, FINAL, "definitiv% ferme|fermes|fermee|fermees|fermer" },
	{ CUE_END, FINAL, "arret% * definitiv%" },
	{ CUE_END, FINAL, "en liquidation judiciaire" },
	{ CUE_END, FINAL, "clap de fin" },
	{ CUE_END, FINAL, "cess% d exister" },
	{ CUE_END, PLAIN, "est|sommes desormais ferme|fermee|fermes" },
	{ CUE_END, PLAIN, "fin de l|notre aventure" },
	{ CUE_END, PLAIN, "aventure * s arrete|acheve|termine" },
	{ CUE_END, PLAIN, "aventure * prend|touche * fin" },
	{ CUE_END, FINAL, "tire|tirons|tirera sa|notre reverence" },
	{ CUE_END, FINAL, "baisse|baissons|baissera * rideau" },
	{ CUE_END, FINAL, "met|mettons|mettre|mettra|mis * fin a|au|aux * activite|activites|service|services|site|plateforme" },
	{ CUE_END, PLAIN, "met|mettons|mettre|mettra|mis * fin a * aventure" },
	{ CUE_END, FINAL, "service|services|site|plateforme|application|societe|entreprise|startup * n existe|existent plus" },
	{ CUE_END, PLAIN, "cess%|arret% * activite|activites" },
	{ CUE_END, PLAIN, "service|services|site|plateforme|application|app|api s arrete|arretent|arretera|arreteront" },
	{ CUE_END, 0, "arret|fermeture du|de|des|d|notre * service|services|site|plateforme|application|api" },
	{ CUE_END, 0, "service|services|site|plateforme|application|app|api est|a|ont|sera|sont * arrete%|ferme|fermee|fermes|fermees" },
	{ CUE_END, PLAIN, "a|avons|ont ferme ses|nos|leurs portes" },
	{ CUE_END, 0, "service|services|site|plateforme|application|app|api * ferme|ferment|fermera|fermeront" },
	{ CUE_END, 0, "ferme|fermons|fermera|fermerons|fermeront * ses|nos|leurs portes" },
	{ CUE_END, FINAL, "permanently closed|closing|closes|shut|shutting" },
	{ CUE_END, FINAL, "closed|closing|closes|close|shut|shutting * permanently" },
	{ CUE_END, FINAL, "closed|closing|shut|shutting * for good" },
	{ CUE_END, FINAL, "ceased|ceasing|ceases|cease * operations|trading" },
	{ CUE_END, FINAL, "no longer in business|operation" },
	{ CUE_END, FINAL, "no longer operating|operational|operates" },
	{ CUE_END, FINAL, "out of business" },
	{ CUE_END, PLAIN, "shutting|shut|shuts|shutdown|winding|wound|closing|closed|closes down" },
	{ CUE_END, PLAIN, "shutdown of our|the * service|site|platform|api|app" },
	{ CUE_END, 0, "we are|re|ll|will|have closing|close|closed" },
	{ CUE_END, PLAIN, "closing|closes|closed|close our|its|their doors" },
	{ CUE_END, PLAIN, "service|services|site|website|app|application|platform|api * has|have|is|are|was|will|been discontinued|retired|sunset" },
	{ CUE_END, PLAIN, "service|services|site|website|app|application|platform|api * has|have|will been|be discontinued|retired|sunset|closed" },
	{ CUE_END, PLAIN, "decided|decision to close|shut|stop|end|discontinue|sunset" },
	{ CUE_END, 0, "we have|are|ve discontinued|discontinuing|sunsetting|retiring" },
	{ CUE_UNAVAILABLE, 0, "service|services|site|plateforme|application|app|api * n est|sont|sera|seront plus "
	    "disponible|disponibles|accessible|accessibles|assure|assuree|assures|actif|active|maintenu|maintenue" },
	{ CUE_UNAVAILABLE, 0, "service|services|site|website|platform|application|app|api * is|are|was|be no longer "
	    "available|active|supported|online|maintained|accessible" },
	{ CUE_FAREWELL, 0, "merci a|pour * tous|toutes" },
	{ CUE_FAREWELL, 0, "merci * annees|ans|aventure|avoir|fidelite" },
	{ CUE_FAREWELL, 0, "vous remercie|remercions|remercient" },
	{ CUE_FAREWELL, 0, "belle|belles|formidable * aventure|annees" },
	{ CUE_FAREWELL, 0, "apres * ans|annees" },
	{ CUE_FAREWELL, 0, "au revoir" },
	{ CUE_FAREWELL, 0, "adieu" },
	{ CUE_FAREWELL, 0, "thank|thanks * all|everyone|everybody" },
	{ CUE_FAREWELL, 0, "thank|thanks * years|support|journey|being" },
	{ CUE_FAREWELL, 0, "after * years" },
	{ CUE_FAREWELL, 0, "it has been a|an * journey|adventure|ride|pleasure" },
	{ CUE_FAREWELL, 0, "goodbye|farewell" },
	{ CUE_DATA, 0, "donnees|comptes|compte|annonces * seront|sera * supprime%|efface%" },
	{ CUE_DATA, 0, "exporte%|telecharge%|recuper% vos donnees" },
	{ CUE_DATA, 0, "rembourse%" },
	{ CUE_DATA, 0, "data|account|accounts|listings * will|be * deleted|removed|erased" },
	{ CUE_DATA, 0, "download|export|retrieve your data" },
	{ CUE_DATA, 0, "refund%" },
	{ CUE_JOINS, 0, "rejoint|rejoignons @" },
	{ CUE_JOINS, 0, "fusionne|fusionnons|fusion avec @" },
	{ CUE_JOINS, 0, "devient|devenons @" },
	{ CUE_JOINS, 0, "remplace|remplacee par @" },
	{ CUE_JOINS, 0, "joins|joined|joining @" },
	{ CUE_JOINS, 0, "is|are now|becoming @" },
	{ CUE_JOINS, 0, "part of @" },
	{ CUE_JOINS, 0, "merged|merging with|into @" },
	{ CUE_MIGRATES, 0, "inscrivez|inscrire vous * app|appli|application|site|plateforme" },
	{ CUE_MIGRATES, 0, "telechargez * app|appli|application" },
	{ CUE_MIGRATES, 0, "creez * compte" },
	{ CUE_MIGRATES, 0, "transfer% * compte|annonces|donnees" },
	{ CUE_MIGRATES, 0, "sign up|on|in * app|site|platform|there" },
	{ CUE_MIGRATES, 0, "create|move|transfer your * account|listings|listing" },
	{ CUE_MIGRATES, 0, "download * app" },
	{ CUE_SALE, 0, "domain|domains|domainname is|may|might|are * for sale" },
	{ CUE_SALE, 0, "domain name * for sale" },
	{ CUE_SALE, 0, "buy|purchase|acquire|acheter|achetez this|ce domain|domaine" },
	{ CUE_SALE, 0, "acheter|achetez ce nom de domaine" },
	{ CUE_SALE, 0, "nom|noms de domaine|domaines * a|en vendre|vente" },
	{ CUE_SALE, 0, "nom de domaine * expire|parking|reserve|enregistre" },
	{ CUE_SALE, 0, "domain|domaine * parked|expired|parque" },
	{ CUE_SALE, 0, "domain * has been|just registered" },
	{ CUE_SALE_MAYBE, 0, "domaine * a|en vendre|vente" },
	{ CUE_SALE_MAYBE, 0, "may be for sale" },
	{ CUE_SALE_MAYBE, 0, "est a vendre" },
	{ CUE_ADS, 0, "related|sponsored searches|links|listings|results" },
	{ CUE_ADS, 0, "recherches|resultats|liens|annonces associees|associes|connexes|similaires|sponsorises|apparentees" },
	{ CUE_ADS, 0, "recherches|resultats populaires|sponsorises" },
	{ CUE_CHECK, 0, "checking|verifying * your|the browser|connection" },
	{ CUE_CHECK, 0, "checking if the site connection is secure" },
	{ CUE_CHECK, 0, "verif% * votre|du navigateur" },
	{ CUE_CHECK, 0, "verif% * you|vous * human|humain|robot" },
	{ CUE_CHECK, 0, "just a moment" },
	{ CUE_CHECK, 0, "un instant" },
	{ CUE_CHECK, 0, "attention required * cloudflare" },
	{ CUE_CHECK, 0, "enable javascript and cookies to continue" },
	{ CUE_CHECK, 0, "please enable js and disable * ad blocker" },
	{ CUE_CHECK, 0, "ddos protection by" },
	{ CUE_CHECK, 0, "you don t have permission to access" },
	{ CUE_CHECK, 0, "pardon our interruption" },
	{ CUE_CHECK, 0, "are you a|not * robot" },
	{ CUE_CHECK, 0, "request unsuccessful incapsula" },
};

/* Anywhere in the sentence: something that would happen, not something that does. */
static const char *const conditions[] = {
	"si", "if", "en cas", "in case", "event of", "may", "might", "could", "would", "should", "peut", "peuvent",
	"pourra", "pourrait", "pourrions", "pourrons", "pouvons", "pourraient", "reserve|reservons|reserves * droit",
	"right to", "eventuel%", "unless", "lorsqu", "whether", "rumeur%", "rumour%", "rumor%",
};

/* Closed for a while, at certain hours, for some. */
static const char *const for_a_while[] = {
	"hiver", "hivernal%", "saison", "saisonni%", "travaux", "conges", "vacances", "temporaire%", "provisoire%",
	"momentane%", "exceptionnel%", "annuel%", "reouv%", "rouvr%", "reprend%", "reprise", "jusqu", "jours feries",
	"lundi|lundis|mardi|mardis|mercredi|mercredis|jeudi|jeudis|vendredi|vendredis|samedi|samedis|dimanche|dimanches",
	"soir", "midi", "matin", "heures", "h", "public", "moment", "maintenance", "toussaint", "noel", "chaque", "tous les",
	"winter", "season%", "temporar%", "reopen%", "until", "holiday%", "maintenance", "renovation%", "early", "today",
	"monday%|tuesday%|wednesday%|thursday%|friday%|saturday%|sunday%", "am", "pm", "christmas", "every", "back",
	"12h|16h|17h|17h30|18h|18h30|19h|19h30|20h|21h|22h|23h", "region", "pays", "country", "navigateur", "browser",
};

/* Before the phrase: what ends is not the service, unless that is named too. */
static const char *const others[] = {
	"restaurant%", "musee%", "boulangerie%", "route%", "rue", "pont", "piscine%", "magasin%", "commerce%", "bureau%",
	"guichet%", "compte%", "inscription%", "annonce|annonces", "article%", "produit%", "page%", "offre%", "evenement%",
	"chateau%", "usine%", "gare", "ecole%", "eglise%", "cinema%", "hotel%", "camping%", "auberge%", "domaine%", "cave%",
	"abbaye%", "prison%", "mine%", "vote%", "account%", "item%", "product%", "listing%", "registration%", "store%",
	"museum%", "school%", "road%", "castle%", "factory", "hebergement%", "location%", "gite%", "chambre%",
	"fenetre%", "onglet%", "window%", "tab%", "portail", "billetterie%", "accueil", "mairie",
};

/* After the phrase: likewise. */
static const char *const objects[] = {
	"compte%", "account%", "bandeau%", "banner%", "fenetre%", "window%", "message%", "onglet%", "inscription%", "annonce|annonces",
};

static const char *const services[] = {
	"service%", "site", "plateforme", "application", "app", "api", "aventure", "startup", "societe", "entreprise",
	"platform", "website", "company",
};

/* Who says it runs the site: "the company" and "the site" may be a mine. */
static const char *const ourselves[] = {
	"nous", "notre", "nos", "we", "our", "service%", "plateforme", "application", "app", "api", "platform", "website",
	"ce|this site", "site internet|web",
};

/* "la ferme définitivement bio": a farm. */
static const char *const articles[] = {
	"la", "une", "cette", "notre", "votre", "sa", "ma", "leur", "de", "belle", "vieille", "ancienne", "petite", "grande",
	"en", "d", "des", "les", "chaque",
};

/* ---- words */

/* Of U+00C0 to U+00FF, lower and upper case alike. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo ouuuuyts";

static uint32_t
decode(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	switch (len) {
	case 2:
		return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
	case 3:
		return (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
	case 4:
		return 0x10000;
	default:
		return u[0];
	}
}

/* One character without case and accent: " " for what parts words, "" for
 * what leaves no trace. */
static const char *
fold(uint32_t c, char out[2])
{
	out[1] = '\0';
	out[0] = ' ';
	if (c >= 'A' && c <= 'Z')
		out[0] = (char)(c | 0x20);
	else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		out[0] = (char)c;
	else if (c >= 0xc0 && c <= 0xff)
		out[0] = latin[c & 31];
	else if (c == 0x152 || c == 0x153)
		return "oe";
	else if (c >= 0x300 && c <= 0x36f)
		return "";	/* an accent that stands alone */
	else if (c >= 0x100 && !(c >= 0x2000 && c <= 0x2bff) && !(c >= 0x3000 && c <= 0x303f))
		out[0] = 'x';	/* a letter of another script */
	return out;
}

static bool
is_capital(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde) || c == 0x152;
}

void
cue_words(const char *s, size_t len, struct cue_sentence *ret)
{
	size_t at = 0;		/* in the word */
	ret->n = 0;
	for (size_t i = 0, step; i < len && ret->n < CUE_WORDS_MAX; i += step) {
		char out[2];
		struct cue_word *w = &ret->words[ret->n];
		step = utf8_sequence(s + i, len - i);
		uint32_t c = step > 0 ? decode(s + i, step) : ' ';
		step += step == 0;
		const char *folded = fold(c, out);
		if (*folded == ' ' && at > 0) {
			w->text[at] = '\0';
			ret->n++;
			at = 0;
		}
		if (*folded == ' ')
			continue;
		if (at == 0)
			w->capital = is_capital(c);
		for (; *folded != '\0' && at < CUE_WORD_MAX; folded++)
			w->text[at++] = *folded;
	}
	if (at > 0 && ret->n < CUE_WORDS_MAX)
		ret->words[ret->n++].text[at] = '\0';
}

/* ---- phrases */

/* Is it one of the alternatives "a|b|c%"? */
static bool
word_is(const struct cue_word *w, const char *token, size_t len)
{
	if (len == 1 && *token == '@')
		return w->capital;
	for (const char *end = token + len; token < end;) {
		const char *bar = memchr(token, '|', (size_t)(end - token));
		size_t n = (size_t)((bar != NULL ? bar : end) - token);
		bool beginning = token[n - 1] == '%';
		n -= beginning;
		if (strncmp(w->text, token, n) == 0 && (beginning || w->text[n] == '\0'))
			return true;
		token += n + beginning + 1;
	}
	return false;
}

/* The word after the phrase if it stands at `at`, else 0. */
static size_t
match(const struct cue_sentence *s, size_t at, const char *pattern)
{
	size_t len = strcspn(pattern, " ");
	const char *rest = pattern + len + (pattern[len] == ' ');
	if (len == 1 && *pattern == '*') {
		size_t end = 0;
		for (size_t gap = 0; gap <= GAP_MAX && end == 0; gap++)
			end = match(s, at + gap, rest);
		return end;
	}
	if (at >= s->n || !word_is(&s->words[at], pattern, len))
		return 0;
	return *rest == '\0' ? at + 1 : match(s, at + 1, rest);
}

static bool
any(const struct cue_sentence *s, size_t from, size_t to, const char *const *patterns, size_t n)
{
	for (size_t at = from; at < to; at++)
		for (size_t i = 0; i < n; i++)
			if (match(s, at, patterns[i]) > 0)
				return true;
	return false;
}

bool
cue_says(const struct cue_sentence *s, const char *pattern)
{
	return any(s, 0, s->n, &pattern, 1);
}

#define ANY(s, from, to, table) any(s, from, to, table, sizeof(table) / sizeof *(table))

/* "ne ferme pas", "are not closing", "isn't closing". */
static bool
denied(const struct cue_sentence *s, size_t from, size_t to)
{
	static const char *const before[] = { "ne", "n" }, *const after[] = { "pas", "jamais", "aucun%" },
	    *const english[] = { "not", "never", "t", "myth" };
	size_t start = from >= 3 ? from - 3 : 0, end = to + 2 < s->n ? to + 2 : s->n;
	if (ANY(s, start, to, english))
		return true;
	return ANY(s, start, to, before) && ANY(s, start, end, after);
}

/* Does the sentence take back what it says from word `from` to `to`? */
static bool
taken_back(const struct cue_sentence *s, size_t from, size_t to, bool final)
{
	size_t near = from >= NEAR ? from - NEAR : 0;
	if (denied(s, from, to) || ANY(s, 0, s->n, conditions))
		return true;
	if (!final && ANY(s, 0, s->n, for_a_while))
		return true;
	if (strcmp(s->words[from].text, "ferme") == 0 && from > 0 && ANY(s, from - 1, from, articles))
		return true;
	if (ANY(s, to, to + GAP_MAX < s->n ? to + GAP_MAX : s->n, objects))
		return true;
	return ANY(s, near, from, others) && !ANY(s, near, to, services);
}

static bool
judge(const struct cue_sentence *s, const struct phrase *p, struct cue_hit *ret)
{
	bool ends = p->family == CUE_END || p->family == CUE_UNAVAILABLE;
	for (size_t at = 0, end; at < s->n; at++) {
		size_t near = at >= NEAR ? at - NEAR : 0;
		if ((end = match(s, at, p->pattern)) == 0)
			continue;
		bool final = p->flags == FINAL;
		if (ends && taken_back(s, at, end, final))
			continue;
		*ret = (struct cue_hit){ p->family, p->flags != 0, final, ANY(s, near, end, ourselves) };
		return true;
	}
	return false;
}

size_t
cue_find(const struct cue_sentence *s, struct cue_hit hits[CUE_FAMILIES])
{
	unsigned strength = 0;	/* of the last hit */
	size_t n = 0;
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		struct cue_hit hit;
		if (n > 0 && hits[n - 1].family == phrases[i].family && phrases[i].flags <= strength)
			continue;
		if (!judge(s, &phrases[i], &hit))
			continue;
		n -= n > 0 && hits[n - 1].family == hit.family;
		hits[n++] = hit;
		strength = phrases[i].flags;
	}
	return n;
}

/* ---- marks */

static const struct {
	enum cue_mark mark;
	const char *text;
} marks[] = {
	{ MARK_PARK, "sedoparking." }, { MARK_PARK, "sedo.com/" }, { MARK_PARK, "bodis.com" }, { MARK_PARK, "bodiscdn.com" },
	{ MARK_PARK, "parkingcrew." }, { MARK_PARK, "parklogic.com" }, { MARK_PARK, "//dan.com" },
	{ MARK_PARK, "www.dan.com" }, { MARK_PARK, "afternic.com" }, { MARK_PARK, "hugedomains.com" },
	{ MARK_PARK, "above.com/" }, { MARK_PARK, "undeveloped.com" }, { MARK_PARK, "cashparking" },
	{ MARK_PARK, "adsense/domains/caf.js" }, { MARK_PARK, "domainmarket.com" }, { MARK_PARK, "//parking." },
	{ MARK_PARK, "window.park =" }, { MARK_PARK, "forsale.godaddy.com" }, { MARK_PARK, "forsale.dynadot.com" },
	{ MARK_PARK, "parking-page" }, { MARK_PARK, "domain-parking" }, { MARK_PARK, "d38psrni17bvxu.cloudfront.net" },
	{ MARK_CHALLENGE, "cf-chl" }, { MARK_CHALLENGE, "cf_chl" },
	{ MARK_CHALLENGE, "captcha-delivery.com" }, { MARK_CHALLENGE, "bm-verify" },
	{ MARK_CHALLENGE, "_sec/cp_challenge" }, { MARK_CHALLENGE, "sec-if-cpt-container" },
	{ MARK_CHALLENGE, "errors.edgesuite.net" }, { MARK_CHALLENGE, "px-captcha" },
	{ MARK_CHALLENGE, "_incapsula_resource" }, { MARK_CHALLENGE, "sucuri_cloudproxy_js" },
	{ MARK_CHALLENGE, "challenge-platform/h/" }, { MARK_CHALLENGE, "awswafcookiedomainlist" },
	{ MARK_CHALLENGE, "ddos-guard" },
};

bool
cue_marked(enum cue_mark mark, const char *lower, size_t len)
{
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].mark == mark && memmem(lower, len, marks[i].text, strlen(marks[i].text)) != NULL)
			return true;
	return false;
}

bool
cue_park_server(const char *name)
{
	static const char *const parks[] = {
		"sedoparking.com", "parkingcrew.net", "bodis.com", "above.com", "dan.com", "undeveloped.com", "afternic.com",
		"parklogic.com", "uniregistrymarket.link", "parkingspa.com", "namebrightdns.com", "hugedomains.com",
		"ztomy.com", "voodoo.com", "cashparking.com", "dsredirection.com", "domainparkingserver.net",
	};
	size_t len = strlen(name);
	len -= len > 0 && name[len - 1] == '.';
	for (size_t i = 0; i < sizeof parks / sizeof *parks; i++) {
		size_t n = strlen(parks[i]);
		if (len >= n && strncasecmp(name + len - n, parks[i], n) == 0 && (len == n || name[len - n - 1] == '.'))
			return true;
	}
	return false;
}
