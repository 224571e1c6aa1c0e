/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/vocabulary.h"

#include "base/buf.h"

static const struct vocabulary kinds[] = {
	{ "accommodation", "LodgingBusiness", WHERE_SELF, OFFERED_MAKES, 0, PERSONS_ATTEND, ", :PlaceOfInterest, :Accommodation" },
	{ "home_exchange", "Accommodation", WHERE_SELF, OFFERED_NOT, 0, PERSONS_OCCUPY, ", :PlaceOfInterest, :Accommodation" },
	{ "hosted_meal", "FoodService", WHERE_AREA, OFFERED, 0, PERSONS_NOT, "" },
	{ "camper_van", "Product", WHERE_OFFER, OFFERED, LEASED, PERSONS_PROPERTY, ", :Product, :AccommodationProduct, :CampingCar" },
	{ "boat", "Product", WHERE_OFFER, OFFERED, LEASED, PERSONS_PROPERTY, ", :Product, :Rental, :EquipmentRental" },
	{ "coworking", "LocalBusiness", WHERE_SELF, OFFERED_MAKES, 0, PERSONS_ATTEND, ", :PlaceOfInterest, :BusinessPlace" },
	{ "childcare", "ChildCare", WHERE_SELF, OFFERED_MAKES, 0, PERSONS_ATTEND, ", :PlaceOfInterest, :ServiceProvider" },
	{ "deal", "Offer", WHERE_OFFER, OFFERED_SELF, 0, PERSONS_NOT, "" },
	{ "activity", "Product", WHERE_OFFER, OFFERED, 0, PERSONS_PROPERTY, ", :Product, :Practice" },
	{ "tour", "TouristTrip", WHERE_ORIGIN, OFFERED, UNRATED, PERSONS_NOT, ", :Tour" },
	{ "game", "Product", WHERE_OFFER, OFFERED, 0, PERSONS_PROPERTY, ", :Product, :Practice" },
	{ "event", "Event", WHERE_LOCATION, OFFERED, 0, PERSONS_ATTEND, ", :EntertainmentAndEvent" },
	{ "place", "Place", WHERE_SELF, OFFERED_NOT, 0, PERSONS_ATTEND, ", :PlaceOfInterest" },
	{ "product", "Product", WHERE_OFFER, OFFERED, 0, PERSONS_PROPERTY, ", :Product" },
	{ .kind = NULL, .schema = "Thing", .where = WHERE_OFFER, .offered = OFFERED_NOT, .datatourisme = "" },
};

/* Without a price. */
static const struct vocabulary unpriced[] = {
	{ "camper_van", "Vehicle", WHERE_OFFER, OFFERED, LEASED, PERSONS_PROPERTY, ", :Product, :AccommodationProduct, :CampingCar" },
	{ "boat", "Vehicle", WHERE_OFFER, OFFERED, LEASED, PERSONS_PROPERTY, ", :Product, :Rental, :EquipmentRental" },
	{ "activity", "TouristAttraction", WHERE_SELF, OFFERED_NOT, 0, PERSONS_ATTEND, ", :Product, :Practice" },
	{ "game", "TouristAttraction", WHERE_SELF, OFFERED_NOT, 0, PERSONS_ATTEND, ", :Product, :Practice" },
	{ .kind = NULL },
};

static const struct vocabulary *
find(const struct vocabulary *table, struct text kind)
{
	while (table->kind != NULL && (strlen(table->kind) != kind.len || memcmp(table->kind, kind.s, kind.len) != 0))
		table++;
	return table;
}

const struct vocabulary *
vocabulary_of(const struct listing_row *row)
{
	const struct listing *l = &row->listing;
	struct text kind = l->text[LISTING_KIND].s != NULL ? l->text[LISTING_KIND] : (struct text){ "", 0 };
	if (l->integer[LISTING_PRICE_MINOR] == LISTING_NO_INTEGER || l->text[LISTING_CURRENCY].s == NULL) {
		const struct vocabulary *v = find(unpriced, kind);
		if (v->kind != NULL)
			return v;
	}
	return find(kinds, kind);
}
