PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE absence ( absence INTEGER PRIMARY KEY, row INTEGER NOT NULL, run INTEGER, at_ms INTEGER NOT NULL, event TEXT NOT NULL, note TEXT);
INSERT INTO "absence" VALUES(1,4294967304,3,1795431049438,'missed','1 of 2 complete runs');
INSERT INTO "absence" VALUES(2,4294967304,4,1795431049524,'missed','2 of 2 complete runs');
INSERT INTO "absence" VALUES(3,4294967304,4,1795431049524,'removed','missed by 2 complete runs or more');
INSERT INTO "absence" VALUES(4,4294967305,6,1795431049645,'kept','not counted: an item without identifier that cannot be read may be this listing');
INSERT INTO "absence" VALUES(5,4294967297,6,1795431049645,'kept','not counted: an item without identifier that cannot be read may be this listing');
CREATE TABLE alert ( alert INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, partner_id INTEGER NOT NULL REFERENCES partner, verdict TEXT NOT NULL, mail_state TEXT, acknowledged_by TEXT, acknowledged_ms INTEGER, facts TEXT, told TEXT, told_ms INTEGER, told_mask INTEGER NOT NULL DEFAULT 0, closed_ms INTEGER, answer TEXT, snoozed_ms INTEGER, remind_ms INTEGER, reminders INTEGER NOT NULL DEFAULT 0);
INSERT INTO "alert" VALUES(1,1795644649741,2,'access-lost','waiting',NULL,NULL,'{"partner":"marmande","name":"Partenaire","theme":"Essai","website":"http://127.0.1.10:38525","verdict":"access-lost","before":"outage","at":1795644649741,"since":1795435849741,"probability":0.001511669838455367,"listings":4,"withdrawn":false,"marked":true,"reasons":[{"key":"prior","log_odds":-6.4930275723148565,"value":"401"},{"key":"denied","log_odds":0,"since":1795435849741,"value":"401"}],"peers":[{"name":"Partenaire","website":"http://127.0.1.9:38525","listings":8}]}','access-lost',1795644649741,16,NULL,'snooze',1796035860476,1796035860476,0);
CREATE TABLE change_log ( change INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, run INTEGER, row INTEGER NOT NULL, op INTEGER NOT NULL);
INSERT INTO "change_log" VALUES(1,1795431049239,1,4294967297,1);
INSERT INTO "change_log" VALUES(2,1795431049239,1,4294967298,1);
INSERT INTO "change_log" VALUES(3,1795431049239,1,4294967299,1);
INSERT INTO "change_log" VALUES(4,1795431049239,1,4294967300,1);
INSERT INTO "change_log" VALUES(5,1795431049239,1,4294967301,1);
INSERT INTO "change_log" VALUES(6,1795431049239,1,4294967302,1);
INSERT INTO "change_log" VALUES(7,1795431049239,1,4294967303,1);
INSERT INTO "change_log" VALUES(8,1795431049239,1,4294967304,1);
INSERT INTO "change_log" VALUES(9,1795431049290,2,8589934593,1);
INSERT INTO "change_log" VALUES(10,1795431049290,2,8589934594,1);
INSERT INTO "change_log" VALUES(11,1795431049290,2,8589934595,1);
INSERT INTO "change_log" VALUES(12,1795431049290,2,8589934596,1);
INSERT INTO "change_log" VALUES(13,1795431049438,3,4294967297,2);
INSERT INTO "change_log" VALUES(14,1795431049438,3,4294967298,2);
INSERT INTO "change_log" VALUES(15,1795431049524,4,4294967304,3);
INSERT INTO "change_log" VALUES(16,1795431049578,5,4294967305,1);
CREATE TABLE detector ( partner_id INTEGER PRIMARY KEY REFERENCES partner, at_ms INTEGER NOT NULL, state BLOB NOT NULL);
INSERT INTO "detector" VALUES(1,1795645409741,X'31474956B8010000CD89CE14A2010000000000000000008002000000000000000000000000000000000000000000000000000000000000000000000000000000C8000000000000006DD93B08A2010000C8000000000000006DD93B08A201000000000000000000006DD93B08A201000000000000000000006DD93B08A201000000000000000000006DD93B08A2010000FFFFFFFFFFFFFFFF0000000000000080FFFFFFFFFFFFFFFF000000000000008000000000000000006DD93B08A201000000000000000000006DD93B08A201000007000000000000006DD93B08A2010000FFFFFFFFFFFFFFFF0000000000000080FFFFFFFFFFFFFFFF0000000000000080FFFFFFFFFFFFFFFF000000000000008001000000010000006DD93B08A20100002D46AD14A20100006D4B6413A201000000000000000000806DD93B08A20100003B000000000000000000000001010000C06C710C000000000000000000000000000000000000000000000000000000000000000000000000000000000000F03F0000000000000000C06C710C0000000073AB3B3FB2A200400000000000000000000000000000000001000000000000000000000000000000');
INSERT INTO "detector" VALUES(2,1795645409741,X'31474956B8010000CD89CE14A201000000000000000000800200000000000000000000000000000000000000000000000000000000000000000000000000000091010000000000000DE85008A201000091010000000000000DE85008A20100000000000000000000EDE31A08A20100000000000000000000EDE31A08A20100000000000000000000EDE31A08A2010000FFFFFFFFFFFFFFFF0000000000000080FFFFFFFFFFFFFFFF00000000000000800000000000000000EDE31A08A20100000000000000000000EDE31A08A20100000400000000000000EDE31A08A2010000FFFFFFFFFFFFFFFF0000000000000080FFFFFFFFFFFFFFFF0000000000000080FFFFFFFFFFFFFFFF000000000000008003000000040000000DF1C214A20100000DF1C214A20100000DF1C214A20100000000000000000080EDE31A08A201000000000000000000000000000001010000200DA80C00000000000000000000000000000000000000000009720C000000000000000000000000000000000000F03F00000000000000000000000000000000338DEDF741C0F93F0000000000000000000000000000000001000000000000000000000000000000');
CREATE TABLE evidence_log ( evidence INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, partner_id INTEGER NOT NULL REFERENCES partner, signal TEXT NOT NULL, value TEXT, weight REAL, note TEXT);
INSERT INTO "evidence_log" VALUES(1,1795432309741,2,'http','200',NULL,NULL);
INSERT INTO "evidence_log" VALUES(2,1795432309741,2,'redirect','none',NULL,NULL);
INSERT INTO "evidence_log" VALUES(3,1795432309741,2,'shape','ok',NULL,NULL);
INSERT INTO "evidence_log" VALUES(4,1795432309741,2,'listings','4',NULL,NULL);
INSERT INTO "evidence_log" VALUES(5,1795432309741,2,'site','200',NULL,NULL);
INSERT INTO "evidence_log" VALUES(6,1795432309741,2,'site-redirect','none',NULL,NULL);
INSERT INTO "evidence_log" VALUES(7,1795432309741,2,'site-shape','ok',NULL,NULL);
INSERT INTO "evidence_log" VALUES(8,1795432309741,2,'tls','ok',NULL,NULL);
INSERT INTO "evidence_log" VALUES(9,1795432309741,2,'http','200',-6.51323011091230696933e+00,'prior');
INSERT INTO "evidence_log" VALUES(10,1795434469741,1,'http','200',NULL,NULL);
INSERT INTO "evidence_log" VALUES(11,1795434469741,1,'redirect','none',NULL,NULL);
INSERT INTO "evidence_log" VALUES(12,1795434469741,1,'shape','ok',NULL,NULL);
INSERT INTO "evidence_log" VALUES(13,1795434469741,1,'listings','7',NULL,NULL);
INSERT INTO "evidence_log" VALUES(14,1795434469741,1,'site','200',NULL,NULL);
INSERT INTO "evidence_log" VALUES(15,1795434469741,1,'site-redirect','none',NULL,NULL);
INSERT INTO "evidence_log" VALUES(16,1795434469741,1,'site-shape','ok',NULL,NULL);
INSERT INTO "evidence_log" VALUES(17,1795434469741,1,'tls','ok',NULL,NULL);
INSERT INTO "evidence_log" VALUES(18,1795434469741,1,'http','200',-6.51323011091230696933e+00,'prior');
INSERT INTO "evidence_log" VALUES(19,1795435849741,2,'http','401',NULL,NULL);
INSERT INTO "evidence_log" VALUES(20,1795435849741,2,'site','401',NULL,NULL);
INSERT INTO "evidence_log" VALUES(21,1795439429741,2,'http','401',-6.51254604195201913796e+00,'prior');
INSERT INTO "evidence_log" VALUES(22,1795439429741,2,'http','401',0.0,'denied');
INSERT INTO "evidence_log" VALUES(23,1795644649741,2,'http','401',-6.49302757231485649924e+00,'prior');
INSERT INTO "evidence_log" VALUES(24,1795644649741,2,'http','401',0.0,'denied');
CREATE TABLE label ( number INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner, at_ms INTEGER NOT NULL, label TEXT NOT NULL, verdict TEXT NOT NULL, alert INTEGER, until_ms INTEGER, given_by TEXT, note TEXT);
INSERT INTO "label" VALUES(1,2,1795431060476,'snooze','access-lost',1,1796035860476,'root',NULL);
CREATE TABLE listing ( row INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL, external_id TEXT NOT NULL, kind TEXT, title TEXT, description TEXT, language TEXT, url TEXT, image_url TEXT, street TEXT, postcode TEXT, locality TEXT, country TEXT, currency TEXT, price_unit TEXT, price_text TEXT, properties TEXT, price_minor INTEGER, capacity INTEGER, rating_count INTEGER, source_updated_ms INTEGER, latitude REAL, longitude REAL, rating REAL, place INTEGER NOT NULL, published INTEGER NOT NULL, first_seen_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, removed_ms INTEGER, UNIQUE (partner_id, external_id));
INSERT INTO "listing" VALUES(4294967297,1,'1','deal','Friperie du Canal','Friperie du Canal, à Fourques-sur-Garonne : vêtements de seconde main choisis. Une remise pour vous, un don pour une association du territoire. Mis à jour.',NULL,'http://127.0.1.9:38525/annonces/1','http://127.0.1.9:38525/photos/1.svg','17 boulevard Gambetta','47200','Fourques-sur-Garonne',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767315600000,44.44795,0.15122,NULL,0,1,1795431049233,1795431049438,NULL);
INSERT INTO "listing" VALUES(4294967298,1,'2','deal','Boulangerie du Marché','Boulangerie du Marché, à Tonneins : pain au levain, farines du moulin voisin. Une remise pour vous, un don pour une association du territoire. Mis à jour.',NULL,'http://127.0.1.9:38525/annonces/2','http://127.0.1.9:38525/photos/2.svg','40 place Clemenceau','47400','Tonneins',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767319200000,44.3944,0.30865,NULL,0,1,1795431049233,1795431049438,NULL);
INSERT INTO "listing" VALUES(4294967299,1,'3','deal','Savonnerie des Halles','Savonnerie des Halles, à Virazeil : savons à froid, sans huile de palme. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/3','http://127.0.1.9:38525/photos/3.svg','4 route de la Tomate','47200','Virazeil',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767236400000,44.5212,0.22662,NULL,0,1,1795431049233,1795431049239,NULL);
INSERT INTO "listing" VALUES(4294967300,1,'4','deal','Fleuriste de l''Écluse','Fleuriste de l''Écluse, au Mas-d''Agenais : fleurs de saison cultivées à moins de 50 km. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/4','http://127.0.1.9:38525/photos/4.svg','56 place du Marché','47430','Le Mas-d''Agenais',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767240000000,44.40952,0.21746,NULL,0,1,1795431049233,1795431049239,NULL);
INSERT INTO "listing" VALUES(4294967301,1,'5','deal','Boulangerie des Halles','Boulangerie des Halles, à Couthures-sur-Garonne : pain au levain, farines du moulin voisin. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/5','http://127.0.1.9:38525/photos/5.svg','53 boulevard Gambetta','47180','Couthures-sur-Garonne',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767243600000,44.5185,0.08566,NULL,0,1,1795431049233,1795431049239,NULL);
INSERT INTO "listing" VALUES(4294967302,1,'6','deal','Café Sous les Platanes','Café Sous les Platanes, à Marmande : café de spécialité et pâtisseries du jour. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/6','http://127.0.1.9:38525/photos/6.svg','90 place Clemenceau','47200','Marmande',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767247200000,44.50238,0.16135,NULL,0,1,1795431049233,1795431049239,NULL);
INSERT INTO "listing" VALUES(4294967303,1,'7','deal','Fleuriste Sous les Platanes','Fleuriste Sous les Platanes, à Couthures-sur-Garonne : fleurs de saison cultivées à moins de 50 km. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/7','http://127.0.1.9:38525/photos/7.svg','65 rue du Port','47180','Couthures-sur-Garonne',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767250800000,44.51528,0.07804,NULL,0,1,1795431049233,1795431049239,NULL);
INSERT INTO "listing" VALUES(4294967304,1,'8','deal','Friperie des Halles','Friperie des Halles, à Meilhan-sur-Garonne : vêtements de seconde main choisis. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/8','http://127.0.1.9:38525/photos/8.svg','44 place du Marché','47180','Meilhan-sur-Garonne',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767254400000,44.51801,0.03135,NULL,0,1,1795431049233,1795431049239,1795431049524);
INSERT INTO "listing" VALUES(4294967305,1,'9','deal','Fleuriste de l''Écluse','Fleuriste de l''Écluse, à Tonneins : fleurs de saison cultivées à moins de 50 km. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.9:38525/annonces/9','http://127.0.1.9:38525/photos/9.svg','3 rue de la Libération','47400','Tonneins',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767430800000,44.38803,0.31208,NULL,0,1,1795431049565,1795431049578,NULL);
INSERT INTO "listing" VALUES(8589934593,2,'1','deal','Atelier vélo des Cornières','Atelier vélo des Cornières, à Villeton : réparation et location de vélos. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.10:38525/annonces/1','http://127.0.1.10:38525/photos/1.svg','59 rue du Port','47400','Villeton',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767229200000,44.37053,0.27122,NULL,0,1,1795431049278,1795431049290,NULL);
INSERT INTO "listing" VALUES(8589934594,2,'2','deal','Atelier vélo de l''Écluse','Atelier vélo de l''Écluse, au Mas-d''Agenais : réparation et location de vélos. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.10:38525/annonces/2','http://127.0.1.10:38525/photos/2.svg','72 impasse des Pruniers','47430','Le Mas-d''Agenais',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767232800000,44.41377,0.21603,NULL,0,1,1795431049278,1795431049290,NULL);
INSERT INTO "listing" VALUES(8589934595,2,'3','deal','Boulangerie du Vieux Port','Boulangerie du Vieux Port, à Sainte-Bazeille : pain au levain, farines du moulin voisin. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.10:38525/annonces/3','http://127.0.1.10:38525/photos/3.svg','86 allée des Platanes','47180','Sainte-Bazeille',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767236400000,44.53285,0.10172,NULL,0,1,1795431049278,1795431049290,NULL);
INSERT INTO "listing" VALUES(8589934596,2,'4','deal','Fleuriste de la Garonne','Fleuriste de la Garonne, à Virazeil : fleurs de saison cultivées à moins de 50 km. Une remise pour vous, un don pour une association du territoire.',NULL,'http://127.0.1.10:38525/annonces/4','http://127.0.1.10:38525/photos/4.svg','6 route de la Tomate','47200','Virazeil',NULL,'EUR',NULL,NULL,'{}',NULL,NULL,NULL,1767240000000,44.50998,0.22681,NULL,0,1,1795431049278,1795431049290,NULL);
CREATE TABLE meta (key INTEGER PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "meta" VALUES(0,4);
CREATE TABLE missing ( row INTEGER PRIMARY KEY, seen_ms INTEGER NOT NULL, missed_runs INTEGER NOT NULL, missed_since_ms INTEGER, kept INTEGER NOT NULL, held INTEGER NOT NULL DEFAULT 0);
INSERT INTO "missing" VALUES(4294967297,1795431049565,0,NULL,1,0);
INSERT INTO "missing" VALUES(4294967305,1795431049565,0,NULL,1,0);
CREATE TABLE outbox ( letter INTEGER PRIMARY KEY, recipient TEXT NOT NULL, kind TEXT NOT NULL, thread TEXT, message_id TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, claimed_ms INTEGER, first_failure_ms INTEGER, last_error TEXT, sent_ms INTEGER, subject TEXT, text TEXT, html TEXT);
INSERT INTO "outbox" VALUES(1,'accueil@office.example','alert',NULL,'<1795644649741.1.vigie@office.example>',1795644649741,1795645889741,'waiting',2,NULL,1795644989741,'no connection to the mail server',NULL,'Partenaire : nous refuse l’accès','Partenaire refuse de nous donner ses offres.
============================================

Fermé pour de bon : très peu probable (moins de 1 %).

Ce qui se passe
---------------
Partenaire est bien vivant, mais ne nous laisse plus entrer : la clé a
expiré, elle a été retirée, ou le contrat a pris fin.

Depuis lundi 23 novembre, 13 h 10 (il y a 2 jours).

Ce qui le montre
----------------
  - Il répond « accès refusé » à nos demandes.
    (depuis lundi 23 novembre, 13 h 10 ; pour information)

Ce qui dit le contraire
-----------------------
  - Ces services ferment rarement (environ un sur vingt par an), et les
    pannes sont fréquentes.
    (point de départ du calcul)

Pour les visiteurs
------------------
Ses 4 offres restent affichées, avec la mention « à confirmer ».

Partenaire fonctionne toujours ; seules les offres que nous affichons
risquent de ne plus être à jour.

Que faire
---------
  - Appelez votre contact là-bas, ou écrivez-lui.
  - Demandez une nouvelle clé et faites-la mettre dans les réglages.

Qui peut le remplacer
---------------------
  - Partenaire
    (8 offres)
    http://127.0.1.9:38525

Votre réponse
-------------
À taper sur la machine qui héberge Vigie :

  - C’est vu, je m’en occupe
        vigie ack marmande
  - Rappelez-le-moi dans 7 jours
        vigie snooze marmande 7d
  - C’est une erreur : il fonctionne
        vigie dismiss marmande
  - C’est confirmé : il a fermé
        vigie confirm marmande

-- 
Vigie, la sentinelle de : Office de tourisme du Val de Garonne. Ce
message a été écrit par un programme.
','<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Partenaire : nous refuse l’accès</title>
<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){.page,.card{background:#15191e!important}.card,.card p,.card li,.card h2{color:#e8eaed!important}.card .quiet{color:#a9b1ba!important}.card .lead{background:#232a32!important}.card a.site{color:#8ab8e6!important}.card code{background:#232a32!important;color:#e8eaed!important}}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#e9edf1;font-family:-apple-system,''Segoe UI'',Roboto,''Helvetica Neue'',Arial,sans-serif;">
<div class="card" style="max-width:600px;margin:0 auto;background:#ffffff;color:#1c2228;font-size:16px;line-height:1.5;overflow-wrap:break-word">
<div style="padding:18px 18px 20px;background:#8a5200;color:#ffffff">
<div style="font-size:13px;line-height:1.4;color:#ffffff">Vigie · À vérifier</div>
<h1 style="margin:6px 0 0;font-size:23px;line-height:1.25;color:#ffffff">Partenaire refuse de nous donner ses offres.</h1>
</div>
<div style="padding:18px 18px 24px">
<p class="lead" style="margin:0 0 16px;padding:12px 14px;border-radius:6px;background:#f1f4f7;font-size:17px;line-height:1.45;font-weight:600">Fermé pour de bon : très peu probable (moins de 1 %).</p>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Ce qui se passe</h2>
<p style="margin:0 0 12px">Partenaire est bien vivant, mais ne nous laisse plus entrer : la clé a expiré, elle a été retirée, ou le contrat a pris fin.</p>
<p style="margin:0 0 12px">Depuis lundi 23 novembre, 13 h 10 (il y a 2 jours).</p>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Ce qui le montre</h2>
<ul style="margin:0 0 12px;padding-left:22px">
<li style="margin:0 0 10px">Il répond « accès refusé » à nos demandes.<br><span class="quiet" style="font-size:14px;color:#5a6570">depuis lundi 23 novembre, 13 h 10 ; pour information</span></li>
</ul>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Ce qui dit le contraire</h2>
<ul style="margin:0 0 12px;padding-left:22px">
<li style="margin:0 0 10px">Ces services ferment rarement (environ un sur vingt par an), et les pannes sont fréquentes.<br><span class="quiet" style="font-size:14px;color:#5a6570">point de départ du calcul</span></li>
</ul>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Pour les visiteurs</h2>
<p style="margin:0 0 12px">Ses 4 offres restent affichées, avec la mention « à confirmer ».</p>
<p style="margin:0 0 12px">Partenaire fonctionne toujours ; seules les offres que nous affichons risquent de ne plus être à jour.</p>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Que faire</h2>
<ul style="margin:0 0 12px;padding-left:22px">
<li style="margin:0 0 10px">Appelez votre contact là-bas, ou écrivez-lui.</li>
<li style="margin:0 0 10px">Demandez une nouvelle clé et faites-la mettre dans les réglages.</li>
</ul>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Qui peut le remplacer</h2>
<ul style="margin:0 0 12px;padding-left:22px">
<li style="margin:0 0 10px">Partenaire<br><span class="quiet" style="font-size:14px;color:#5a6570">8 offres</span><br><a class="site" href="http://127.0.1.9:38525" style="color:#1d4f7c">http://127.0.1.9:38525</a></li>
</ul>
<h2 style="margin:26px 0 8px;font-size:17px;line-height:1.3">Votre réponse</h2>
<p style="margin:0 0 12px">À taper sur la machine qui héberge Vigie :</p>
<p class="quiet" style="margin:0 0 6px;font-size:14px;color:#5a6570">C’est vu, je m’en occupe<br><code style="padding:2px 6px;border-radius:4px;background:#f1f4f7;color:#1c2228;font-size:14px">vigie ack marmande</code></p>
<p class="quiet" style="margin:0 0 6px;font-size:14px;color:#5a6570">Rappelez-le-moi dans 7 jours<br><code style="padding:2px 6px;border-radius:4px;background:#f1f4f7;color:#1c2228;font-size:14px">vigie snooze marmande 7d</code></p>
<p class="quiet" style="margin:0 0 6px;font-size:14px;color:#5a6570">C’est une erreur : il fonctionne<br><code style="padding:2px 6px;border-radius:4px;background:#f1f4f7;color:#1c2228;font-size:14px">vigie dismiss marmande</code></p>
<p class="quiet" style="margin:0 0 6px;font-size:14px;color:#5a6570">C’est confirmé : il a fermé<br><code style="padding:2px 6px;border-radius:4px;background:#f1f4f7;color:#1c2228;font-size:14px">vigie confirm marmande</code></p>
<p class="quiet" style="margin:14px 0 0;font-size:13px;line-height:1.45;color:#5a6570">Vigie, la sentinelle de : Office de tourisme du Val de Garonne. Ce message a été écrit par un programme.</p>
</div>
</div>
</body>
</html>
');
CREATE TABLE outbox_item ( item INTEGER PRIMARY KEY, letter INTEGER NOT NULL REFERENCES outbox ON DELETE CASCADE, recipient TEXT NOT NULL, note TEXT NOT NULL, alert INTEGER, facts TEXT NOT NULL, UNIQUE (note, recipient));
INSERT INTO "outbox_item" VALUES(1,1,'accueil@office.example','1:open',1,'{"partner":"marmande","name":"Partenaire","theme":"Essai","website":"http://127.0.1.10:38525","verdict":"access-lost","before":"outage","at":1795644649741,"since":1795435849741,"probability":0.001511669838455367,"listings":4,"withdrawn":false,"marked":true,"reasons":[{"key":"prior","log_odds":-6.4930275723148565,"value":"401"},{"key":"denied","log_odds":0,"since":1795435849741,"value":"401"}],"peers":[{"name":"Partenaire","website":"http://127.0.1.9:38525","listings":8}]}');
CREATE TABLE partner ( partner_id INTEGER PRIMARY KEY, partner TEXT NOT NULL UNIQUE, name TEXT, theme TEXT, website TEXT, replaced_by TEXT, verdict TEXT NOT NULL DEFAULT 'never-seen', verdict_since_ms INTEGER, probability REAL NOT NULL DEFAULT 0, listing_count INTEGER NOT NULL DEFAULT 0, outside_count INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, last_success_ms INTEGER, last_attempt_ms INTEGER, last_change_ms INTEGER, next_poll_ms INTEGER, not_before_ms INTEGER, confirmed_ms INTEGER, seed INTEGER NOT NULL DEFAULT 0, unnamed_ms INTEGER, hold INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0, hold_since_ms INTEGER, lease_pid INTEGER NOT NULL DEFAULT 0, lease_start INTEGER NOT NULL DEFAULT 0, lease_boot TEXT NOT NULL DEFAULT '', loading INTEGER NOT NULL DEFAULT 0, loaded_ms INTEGER, withdrawn INTEGER NOT NULL DEFAULT 0, withdrawn_ms INTEGER);
INSERT INTO "partner" VALUES(1,'garonne','Partenaire','Essai','http://127.0.1.9:38525',NULL,'alive',1795434469741,1.48148148148148140791e-03,8,0,0,1795643229741,1795643229741,1795431049578,1795646815000,NULL,1795643229741,5394477018852517866,1795431049637,0,0,NULL,0,4939506,'0e73a3fe-1823-41ca-b46e-3b38e1278583',0,NULL,0,NULL);
INSERT INTO "partner" VALUES(2,'marmande','Partenaire','Essai','http://127.0.1.10:38525',NULL,'access-lost',1795644649741,1.51166983845536697511e-03,4,0,8,1795432289741,1795644629741,1795431049290,1795731016000,NULL,1795432229741,-5514165714242982280,NULL,0,0,NULL,0,4939506,'0e73a3fe-1823-41ca-b46e-3b38e1278583',0,NULL,0,NULL);
CREATE TABLE quarantine ( number INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner, seed INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, external_id TEXT NOT NULL, reason TEXT, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL, last_run INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1, UNIQUE (partner_id, low, high, external_id));
INSERT INTO "quarantine" VALUES(1,1,5394477018852517866,-5861490470609708321,1327056288,'','a word that JSON does not have',1795431049637,1795643229741,74,60);
CREATE TABLE quarantine_raw ( number INTEGER PRIMARY KEY REFERENCES quarantine ON DELETE CASCADE, raw BLOB NOT NULL);
INSERT INTO "quarantine_raw" VALUES(1,X'7B226964223A20312C20227469746C65223A202246726970657269652064752043616E616C222C20226465736372697074696F6E223A202246726970657269652064752043616E616C2C20C3A020466F7572717565732D7375722D4761726F6E6E65203A2076C3AA74656D656E7473206465207365636F6E6465206D61696E2063686F697369732E20556E652072656D69736520706F757220766F75732C20756E20646F6E20706F757220756E65206173736F63696174696F6E206475207465727269746F6972652E204D697320C3A0206A6F75722E222C202275726C223A2022687474703A2F2F3132372E302E312E393A33383532352F616E6E6F6E6365732F31222C2022696D616765223A2022687474703A2F2F3132372E302E312E393A33383532352F70686F746F732F312E737667222C20227072696365223A206E756C6C2C202263757272656E6379223A2022455552222C20226C61746974756465223A2034342E34343739352C20226C6F6E676974756465223A20302E31353132322C2022737472656574223A2022313720626F756C65766172642047616D6265747461222C2022706F7374636F6465223A20223437323030222C202263697479223A2022466F7572717565732D7375722D4761726F6E6E65222C20226361706163697479223A206E756C6C2C2022757064617465645F6174223A2022323032362D30312D30325430313A30303A30305A222C226E6F7465223A6E756C7D');
CREATE TABLE run ( run INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner, started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, outcome TEXT NOT NULL, error_kind TEXT, http_status INTEGER, requests INTEGER NOT NULL, bytes INTEGER NOT NULL, seen INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL, removed INTEGER NOT NULL, restored INTEGER NOT NULL, missing INTEGER NOT NULL, quarantined INTEGER NOT NULL, declared_total INTEGER, detail TEXT NOT NULL, change_note TEXT);
INSERT INTO "run" VALUES(1,1,1795431049233,1795431049239,'complete',NULL,200,1,4189,8,8,0,0,0,0,0,8,'',NULL);
INSERT INTO "run" VALUES(2,2,1795431049278,1795431049290,'complete',NULL,200,1,2113,4,4,0,0,0,0,0,4,'',NULL);
INSERT INTO "run" VALUES(3,1,1795431049433,1795431049438,'complete',NULL,200,1,3697,7,0,2,0,0,1,0,7,'',NULL);
INSERT INTO "run" VALUES(4,1,1795431049517,1795431049524,'complete',NULL,200,1,3697,7,0,0,1,0,1,0,7,'',NULL);
INSERT INTO "run" VALUES(5,1,1795431049565,1795431049578,'complete',NULL,200,1,4214,8,1,0,0,0,0,0,8,'',NULL);
INSERT INTO "run" VALUES(6,1,1795431049637,1795431049645,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(7,1,1795431049686,1795431049694,'failed','http',500,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 500',NULL);
INSERT INTO "run" VALUES(8,2,1795432229741,1795432289741,'complete',NULL,200,1,2113,4,0,0,0,0,0,0,4,'',NULL);
INSERT INTO "run" VALUES(9,1,1795434429741,1795434449741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(10,2,1795435829741,1795435829741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(11,1,1795438089741,1795438089741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(12,2,1795439429741,1795439429741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(13,1,1795441629741,1795441629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(14,2,1795443029741,1795443029741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(15,1,1795445229741,1795445229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(16,1,1795448829741,1795448829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(17,1,1795452429741,1795452429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(18,1,1795456029741,1795456029741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(19,2,1795457429741,1795457469741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(20,1,1795459629741,1795459649741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(21,1,1795463229741,1795463229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(22,1,1795466829741,1795466869741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(23,1,1795470429741,1795470489741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(24,2,1795471829741,1795471869741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(25,1,1795474029741,1795474029741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(26,1,1795477629741,1795477649741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(27,1,1795481229741,1795481229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(28,1,1795484829741,1795484829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(29,1,1795488429741,1795488429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(30,1,1795492029741,1795492029741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(31,1,1795495629741,1795495629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(32,1,1795499229741,1795499229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(33,2,1795500629741,1795500649741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(34,1,1795502829741,1795502829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(35,1,1795506429741,1795506429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(36,1,1795510029741,1795510109741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(37,1,1795513629741,1795513649741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(38,1,1795517229741,1795517269741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(39,1,1795520829741,1795520829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(40,1,1795524429741,1795524429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(41,1,1795528029741,1795528029741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(42,1,1795531629741,1795531629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(43,1,1795535229741,1795535229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(44,1,1795538829741,1795538829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(45,1,1795542429741,1795542429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(46,1,1795546029741,1795546089741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(47,1,1795549629741,1795549629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(48,1,1795553229741,1795553229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(49,1,1795556829741,1795556909741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(50,2,1795558229741,1795558269741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
INSERT INTO "run" VALUES(51,1,1795560429741,1795560449741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(52,1,1795564029741,1795564049741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(53,1,1795567629741,1795567629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(54,1,1795571229741,1795571229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(55,1,1795574829741,1795574829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(56,1,1795578429741,1795578429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(57,1,1795582089741,1795582109741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(58,1,1795585629741,1795585629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(59,1,1795589229741,1795589229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(60,1,1795592829741,1795592829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(61,1,1795596429741,1795596429741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(62,1,1795600029741,1795600069741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(63,1,1795603629741,1795603649741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(64,1,1795607289741,1795607309741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(65,1,1795610829741,1795610829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(66,1,1795614429741,1795614509741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(67,1,1795618029741,1795618029741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(68,1,1795621649741,1795621669741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(69,1,1795625229741,1795625229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(70,1,1795628829741,1795628829741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(71,1,1795632429741,1795632509741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(72,1,1795636029741,1795636029741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(73,1,1795639629741,1795639629741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(74,1,1795643229741,1795643229741,'complete',NULL,200,1,3708,7,0,0,0,0,2,1,7,'',NULL);
INSERT INTO "run" VALUES(75,2,1795644629741,1795644629741,'refused','auth',401,1,23,0,0,0,0,0,0,0,NULL,'page 1: the partner answered with status 401',NULL);
CREATE TABLE spot (cell INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (cell, row)) WITHOUT ROWID;
INSERT INTO "spot" VALUES(3400140681,8589934593);
INSERT INTO "spot" VALUES(3400141679,4294967297);
INSERT INTO "spot" VALUES(3400141975,4294967300);
INSERT INTO "spot" VALUES(3400141981,8589934594);
INSERT INTO "spot" VALUES(3400142146,4294967305);
INSERT INTO "spot" VALUES(3400142154,4294967298);
INSERT INTO "spot" VALUES(3400147198,4294967303);
INSERT INTO "spot" VALUES(3400147417,4294967302);
INSERT INTO "spot" VALUES(3400147473,4294967304);
INSERT INTO "spot" VALUES(3400147541,4294967301);
INSERT INTO "spot" VALUES(3400147750,8589934595);
INSERT INTO "spot" VALUES(3400148195,8589934596);
INSERT INTO "spot" VALUES(3400148547,4294967299);
CREATE TABLE text_batch ( first INTEGER PRIMARY KEY, row INTEGER NOT NULL, n INTEGER NOT NULL, stamp INTEGER NOT NULL);
INSERT INTO "text_batch" VALUES(1,4294967297,8,-3714071575321919730);
INSERT INTO "text_batch" VALUES(9,8589934593,4,2178189680230413822);
INSERT INTO "text_batch" VALUES(13,4294967297,2,3500887218603779731);
INSERT INTO "text_batch" VALUES(15,4294967305,1,-7621362343347569550);
CREATE TABLE trace ( row INTEGER PRIMARY KEY, present INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, content INTEGER NOT NULL, seen_ms INTEGER NOT NULL, text INTEGER NOT NULL);
INSERT INTO "trace" VALUES(4294967297,1,3155908896275590809,3280418004,-1118517421433418835,1795431049433,13);
INSERT INTO "trace" VALUES(4294967298,1,-389632029412488206,1304842735,-6962439191444957275,1795431049433,14);
INSERT INTO "trace" VALUES(4294967299,1,-3791155879849970914,1341370202,-7695207910695170934,1795431049233,3);
INSERT INTO "trace" VALUES(4294967300,1,8214548039446918856,1036978707,157584651878684401,1795431049233,4);
INSERT INTO "trace" VALUES(4294967301,1,1400074392515221684,314501311,6619472981810429470,1795431049233,5);
INSERT INTO "trace" VALUES(4294967302,1,-1287111518036612535,1623126249,2098795512948576816,1795431049233,6);
INSERT INTO "trace" VALUES(4294967303,1,-2182066378740995203,2261253071,-4933447347201261357,1795431049233,7);
INSERT INTO "trace" VALUES(4294967304,0,-789633108911744737,3418318455,4801159866866755094,1795431049233,8);
INSERT INTO "trace" VALUES(4294967305,1,2644991647881172406,1687025717,8026789673114437990,1795431049565,15);
INSERT INTO "trace" VALUES(8589934593,1,-8494822236970924556,1897475196,-5266656138116528653,1795431049278,9);
INSERT INTO "trace" VALUES(8589934594,1,-3603196380300808999,2834643889,2199033734768604101,1795431049278,10);
INSERT INTO "trace" VALUES(8589934595,1,-1479804557532606655,317740636,7644085217095628016,1795431049278,11);
INSERT INTO "trace" VALUES(8589934596,1,-2675160533571431523,1923669340,643565042464099915,1795431049278,12);
CREATE TABLE validator ( partner_id INTEGER NOT NULL REFERENCES partner, position INTEGER NOT NULL, seed INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, etag TEXT, last_modified TEXT, next_url TEXT, PRIMARY KEY (partner_id, position)) WITHOUT ROWID;
CREATE TABLE verdict_log ( number INTEGER PRIMARY KEY, partner_id INTEGER NOT NULL REFERENCES partner, at_ms INTEGER NOT NULL, verdict TEXT NOT NULL, before TEXT NOT NULL, probability REAL NOT NULL, facts TEXT NOT NULL);
INSERT INTO "verdict_log" VALUES(1,2,1795432309741,'alive','never-seen',1.48148148148148140791e-03,'{"partner":"marmande","name":"Partenaire","theme":"Essai","website":"http://127.0.1.10:38525","verdict":"alive","before":"never-seen","at":1795432309741,"probability":0.0014814814814814814,"listings":4,"withdrawn":false,"marked":false,"reasons":[{"key":"prior","log_odds":-6.513230110912307,"value":"200"}],"peers":[{"name":"Partenaire","website":"http://127.0.1.9:38525","listings":8}]}');
INSERT INTO "verdict_log" VALUES(2,1,1795434469741,'alive','never-seen',1.48148148148148140791e-03,'{"partner":"garonne","name":"Partenaire","theme":"Essai","website":"http://127.0.1.9:38525","verdict":"alive","before":"never-seen","at":1795434469741,"probability":0.0014814814814814814,"listings":8,"withdrawn":false,"marked":false,"reasons":[{"key":"prior","log_odds":-6.513230110912307,"value":"200"}],"peers":[{"name":"Partenaire","website":"http://127.0.1.10:38525","listings":4}]}');
INSERT INTO "verdict_log" VALUES(3,2,1795439429741,'outage','alive',1.48249376076134615522e-03,'{"partner":"marmande","name":"Partenaire","theme":"Essai","website":"http://127.0.1.10:38525","verdict":"outage","before":"alive","at":1795439429741,"probability":0.0014824937607613462,"listings":4,"withdrawn":false,"marked":false,"reasons":[{"key":"prior","log_odds":-6.51254604195202,"value":"401"},{"key":"denied","log_odds":0,"since":1795435849741,"value":"401"}],"peers":[{"name":"Partenaire","website":"http://127.0.1.9:38525","listings":8}]}');
INSERT INTO "verdict_log" VALUES(4,2,1795644649741,'access-lost','outage',1.51166983845536697511e-03,'{"partner":"marmande","name":"Partenaire","theme":"Essai","website":"http://127.0.1.10:38525","verdict":"access-lost","before":"outage","at":1795644649741,"since":1795435849741,"probability":0.001511669838455367,"listings":4,"withdrawn":false,"marked":true,"reasons":[{"key":"prior","log_odds":-6.4930275723148565,"value":"401"},{"key":"denied","log_odds":0,"since":1795435849741,"value":"401"}],"peers":[{"name":"Partenaire","website":"http://127.0.1.9:38525","listings":8}]}');
CREATE TABLE watch_note ( partner TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (partner, name)) WITHOUT ROWID;
INSERT INTO "watch_note" VALUES('','digest','1795417200000');
CREATE INDEX run_partner ON run (partner_id);
CREATE INDEX evidence_partner ON evidence_log (partner_id);
CREATE INDEX alert_partner ON alert (partner_id);
CREATE INDEX verdict_partner ON verdict_log (partner_id);
CREATE INDEX label_partner ON label (partner_id);
CREATE INDEX alert_open ON alert (partner_id) WHERE closed_ms IS NULL;
CREATE INDEX outbox_due ON outbox (due_ms) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_item_letter ON outbox_item (letter);
CREATE INDEX outbox_item_alert ON outbox_item (alert);
CREATE VIEW listing_all AS SELECT l.row AS row, p.partner || ':' || l.external_id AS uid, p.partner AS partner, l.external_id AS external_id, l.kind AS kind, l.title AS title, l.description AS description, l.language AS language, l.url AS url, l.image_url AS image_url, l.latitude AS latitude, l.longitude AS longitude, l.street AS street, l.postcode AS postcode, l.locality AS locality, l.country AS country, l.price_minor AS price_minor, l.currency AS currency, l.price_unit AS price_unit, l.price_text AS price_text, l.capacity AS capacity, l.rating AS rating, l.rating_count AS rating_count, l.published AND NOT p.withdrawn AS published, strftime('%Y-%m-%dT%H:%M:%SZ', (l.source_updated_ms - (l.source_updated_ms < 0) * 999) / 1000, 'unixepoch') AS source_updated_at, strftime('%Y-%m-%dT%H:%M:%SZ', l.first_seen_ms / 1000, 'unixepoch') AS first_seen, strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN NOT t.present THEN t.seen_ms ELSE coalesce(m.seen_ms, max(t.seen_ms, coalesce(p.confirmed_ms, t.seen_ms))) END / 1000, 'unixepoch') AS last_seen, strftime('%Y-%m-%dT%H:%M:%SZ', max(coalesce(nullif(l.changed_ms, 0), p.loaded_ms), CASE WHEN l.published AND (l.removed_ms IS NULL OR l.removed_ms > p.withdrawn_ms) THEN coalesce(p.withdrawn_ms, 0) ELSE 0 END) / 1000, 'unixepoch') AS changed_at, strftime('%Y-%m-%dT%H:%M:%SZ', l.removed_ms / 1000, 'unixepoch') AS removed_at, l.properties AS properties, CASE WHEN p.verdict NOT IN ('never-seen', 'alive', 'outage') THEN p.verdict END AS partner_verdict FROM partner p JOIN listing l ON l.partner_id = p.partner_id JOIN trace t ON t.row = l.row LEFT JOIN missing m ON m.row = l.row WHERE p.loading = 0;
CREATE VIEW listings AS SELECT uid, partner, external_id, kind, title, description, language, url, image_url, latitude, longitude, street, postcode, locality, country, price_minor, currency, price_unit, price_text, capacity, rating, rating_count, published, source_updated_at, first_seen, last_seen, changed_at, removed_at, properties, partner_verdict FROM listing_all;
CREATE VIEW partners AS SELECT partner, name, theme, website, verdict, strftime('%Y-%m-%dT%H:%M:%SZ', verdict_since_ms / 1000, 'unixepoch') AS verdict_since, probability, replaced_by, listing_count, strftime('%Y-%m-%dT%H:%M:%SZ', last_success_ms / 1000, 'unixepoch') AS last_success, strftime('%Y-%m-%dT%H:%M:%SZ', last_attempt_ms / 1000, 'unixepoch') AS last_attempt, strftime('%Y-%m-%dT%H:%M:%SZ', last_change_ms / 1000, 'unixepoch') AS last_change, strftime('%Y-%m-%dT%H:%M:%SZ', next_poll_ms / 1000, 'unixepoch') AS next_poll FROM partner;
CREATE VIEW runs AS SELECT r.run AS run, p.partner AS partner, strftime('%Y-%m-%dT%H:%M:%SZ', r.started_ms / 1000, 'unixepoch') AS started, strftime('%Y-%m-%dT%H:%M:%SZ', r.finished_ms / 1000, 'unixepoch') AS finished, r.outcome AS outcome, r.error_kind AS error_kind, r.http_status AS http_status, r.requests AS requests, r.bytes AS bytes, r.seen AS seen, r.added AS added, r.changed AS changed, r.removed AS removed, r.quarantined AS quarantined, r.declared_total AS declared_total, r.detail AS detail FROM run r JOIN partner p ON p.partner_id = r.partner_id;
CREATE VIEW changes AS SELECT c.change AS change, strftime('%Y-%m-%dT%H:%M:%SZ', c.at_ms / 1000, 'unixepoch') AS at, p.partner || ':' || l.external_id AS uid, p.partner AS partner, CASE c.op WHEN 1 THEN 'added' WHEN 3 THEN 'removed' WHEN 4 THEN 'restored' ELSE 'changed' END AS op FROM change_log c CROSS JOIN listing l ON l.row = c.row CROSS JOIN partner p ON p.partner_id = l.partner_id;
CREATE VIEW evidence AS SELECT strftime('%Y-%m-%dT%H:%M:%SZ', e.at_ms / 1000, 'unixepoch') AS at, p.partner AS partner, e.signal AS signal, e.value AS value, e.weight AS weight, e.note AS note FROM evidence_log e JOIN partner p ON p.partner_id = e.partner_id;
CREATE VIEW alerts AS SELECT strftime('%Y-%m-%dT%H:%M:%SZ', a.at_ms / 1000, 'unixepoch') AS at, p.partner AS partner, a.verdict AS verdict, a.mail_state AS mail_state, a.acknowledged_by AS acknowledged_by, strftime('%Y-%m-%dT%H:%M:%SZ', a.acknowledged_ms / 1000, 'unixepoch') AS acknowledged_at, a.told AS told, a.answer AS answer, strftime('%Y-%m-%dT%H:%M:%SZ', a.snoozed_ms / 1000, 'unixepoch') AS snoozed_until, strftime('%Y-%m-%dT%H:%M:%SZ', a.closed_ms / 1000, 'unixepoch') AS closed_at FROM alert a JOIN partner p ON p.partner_id = a.partner_id;
CREATE VIEW verdicts AS SELECT strftime('%Y-%m-%dT%H:%M:%SZ', v.at_ms / 1000, 'unixepoch') AS at, p.partner AS partner, v.verdict AS verdict, v.before AS before, v.probability AS probability FROM verdict_log v JOIN partner p ON p.partner_id = v.partner_id;
CREATE VIEW labels AS SELECT strftime('%Y-%m-%dT%H:%M:%SZ', l.at_ms / 1000, 'unixepoch') AS at, p.partner AS partner, l.label AS label, l.verdict AS verdict, l.given_by AS given_by, l.note AS note, strftime('%Y-%m-%dT%H:%M:%SZ', l.until_ms / 1000, 'unixepoch') AS until FROM label l JOIN partner p ON p.partner_id = l.partner_id;
COMMIT;
