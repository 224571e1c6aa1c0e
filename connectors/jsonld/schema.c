/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/schema.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A type, and what it is a kind of, in the order of strcmp.  Types of several
 * kinds stand there once. */
static const struct type {
	const char *type, *parent;
} types[] = {
	{ "Accommodation", "Place" }, { "AggregateOffer", "Offer" }, { "Airport", "CivicStructure" },
	{ "AmusementPark", "EntertainmentBusiness" }, { "AnimalShelter", "LocalBusiness" },
	{ "Apartment", "Accommodation" }, { "ApartmentComplex", "Residence" }, { "Aquarium", "CivicStructure" },
	{ "ArchiveOrganization", "LocalBusiness" }, { "ArtGallery", "EntertainmentBusiness" },
	{ "AutoBodyShop", "AutomotiveBusiness" }, { "AutoDealer", "AutomotiveBusiness" },
	{ "AutoPartsStore", "AutomotiveBusiness" }, { "AutoRental", "AutomotiveBusiness" },
	{ "AutoRepair", "AutomotiveBusiness" }, { "AutoWash", "AutomotiveBusiness" },
	{ "AutomotiveBusiness", "LocalBusiness" }, { "Bakery", "FoodEstablishment" },
	{ "BarOrPub", "FoodEstablishment" }, { "Beach", "CivicStructure" },
	{ "BeautySalon", "HealthAndBeautyBusiness" }, { "BedAndBreakfast", "LodgingBusiness" },
	{ "BikeStore", "Store" }, { "BoatTerminal", "CivicStructure" }, { "BoatTrip", "Trip" },
	{ "BodyOfWater", "Landform" }, { "BookStore", "Store" }, { "BowlingAlley", "SportsActivityLocation" },
	{ "Brewery", "FoodEstablishment" }, { "Bridge", "CivicStructure" }, { "BuddhistTemple", "PlaceOfWorship" },
	{ "BusOrCoach", "Vehicle" }, { "BusStation", "CivicStructure" }, { "BusStop", "CivicStructure" },
	{ "BusTrip", "Trip" }, { "BusinessEvent", "Event" }, { "CafeOrCoffeeShop", "FoodEstablishment" },
	{ "Campground", "CivicStructure" }, { "CampingPitch", "Accommodation" }, { "Canal", "BodyOfWater" },
	{ "Car", "Vehicle" }, { "Casino", "EntertainmentBusiness" }, { "CatholicChurch", "Church" },
	{ "Cemetery", "CivicStructure" }, { "ChildCare", "LocalBusiness" }, { "ChildrensEvent", "Event" },
	{ "Church", "PlaceOfWorship" }, { "CityHall", "GovernmentBuilding" }, { "CivicStructure", "Place" },
	{ "ClothingStore", "Store" }, { "ComedyClub", "EntertainmentBusiness" }, { "ComedyEvent", "Event" },
	{ "ComputerStore", "Store" }, { "ConferenceEvent", "Event" }, { "ConvenienceStore", "Store" },
	{ "CourseInstance", "Event" }, { "Courthouse", "GovernmentBuilding" }, { "Crematorium", "CivicStructure" },
	{ "DanceEvent", "Event" }, { "DaySpa", "HealthAndBeautyBusiness" }, { "DeliveryEvent", "Event" },
	{ "Dentist", "LocalBusiness" }, { "DepartmentStore", "Store" }, { "Distillery", "FoodEstablishment" },
	{ "DryCleaningOrLaundry", "LocalBusiness" }, { "EducationEvent", "Event" },
	{ "EducationalOrganization", "CivicStructure" }, { "ElectronicsStore", "Store" },
	{ "EmergencyService", "LocalBusiness" }, { "EmploymentAgency", "LocalBusiness" },
	{ "EntertainmentBusiness", "LocalBusiness" }, { "EventSeries", "Event" }, { "EventVenue", "CivicStructure" },
	{ "ExerciseGym", "SportsActivityLocation" }, { "ExhibitionEvent", "Event" },
	{ "FastFoodRestaurant", "FoodEstablishment" }, { "Festival", "Event" },
	{ "FinancialService", "LocalBusiness" }, { "FireStation", "CivicStructure" }, { "Flight", "Trip" },
	{ "Florist", "Store" }, { "FoodEstablishment", "LocalBusiness" }, { "FoodEvent", "Event" },
	{ "FoodService", "Service" }, { "FurnitureStore", "Store" }, { "GardenStore", "Store" },
	{ "GasStation", "AutomotiveBusiness" }, { "GatedResidenceCommunity", "Residence" },
	{ "GolfCourse", "SportsActivityLocation" }, { "GovernmentBuilding", "CivicStructure" },
	{ "GovernmentOffice", "LocalBusiness" }, { "GroceryStore", "Store" }, { "Hackathon", "Event" },
	{ "HairSalon", "HealthAndBeautyBusiness" }, { "HardwareStore", "Store" },
	{ "HealthAndBeautyBusiness", "LocalBusiness" }, { "HealthClub", "HealthAndBeautyBusiness" },
	{ "HinduTemple", "PlaceOfWorship" }, { "HobbyShop", "Store" },
	{ "HomeAndConstructionBusiness", "LocalBusiness" }, { "HomeGoodsStore", "Store" },
	{ "Hospital", "CivicStructure" }, { "Hostel", "LodgingBusiness" }, { "Hotel", "LodgingBusiness" },
	{ "HotelRoom", "Room" }, { "House", "Accommodation" }, { "IceCreamShop", "FoodEstablishment" },
	{ "IndividualProduct", "Product" }, { "InternetCafe", "LocalBusiness" }, { "JewelryStore", "Store" },
	{ "LakeBodyOfWater", "BodyOfWater" }, { "Landform", "Place" }, { "LandmarksOrHistoricalBuildings", "Place" },
	{ "LegalService", "LocalBusiness" }, { "Library", "LocalBusiness" }, { "LiquorStore", "Store" },
	{ "LiteraryEvent", "Event" }, { "LocalBusiness", "Place" }, { "LodgingBusiness", "LocalBusiness" },
	{ "MedicalBusiness", "LocalBusiness" }, { "MeetingRoom", "Room" }, { "MensClothingStore", "Store" },
	{ "MobilePhoneStore", "Store" }, { "Mosque", "PlaceOfWorship" }, { "Motel", "LodgingBusiness" },
	{ "Motorcycle", "Vehicle" }, { "MotorcycleDealer", "AutomotiveBusiness" },
	{ "MotorcycleRepair", "AutomotiveBusiness" }, { "MotorizedBicycle", "Vehicle" }, { "Mountain", "Landform" },
	{ "MovieRentalStore", "Store" }, { "MovieTheater", "CivicStructure" }, { "Museum", "CivicStructure" },
	{ "MusicEvent", "Event" }, { "MusicStore", "Store" }, { "MusicVenue", "CivicStructure" },
	{ "NailSalon", "HealthAndBeautyBusiness" }, { "NightClub", "EntertainmentBusiness" },
	{ "OceanBodyOfWater", "BodyOfWater" }, { "OfferForLease", "Offer" }, { "OfferForPurchase", "Offer" },
	{ "OfficeEquipmentStore", "Store" }, { "OutletStore", "Store" }, { "Park", "CivicStructure" },
	{ "ParkingFacility", "CivicStructure" }, { "PawnShop", "Store" }, { "PerformingArtsEvent", "Event" },
	{ "PerformingArtsTheater", "CivicStructure" }, { "PetStore", "Store" },
	{ "PlaceOfWorship", "CivicStructure" }, { "Playground", "CivicStructure" },
	{ "PoliceStation", "CivicStructure" }, { "Pond", "BodyOfWater" }, { "ProductCollection", "Product" },
	{ "ProductGroup", "Product" }, { "ProductModel", "Product" }, { "ProfessionalService", "LocalBusiness" },
	{ "PublicSwimmingPool", "SportsActivityLocation" }, { "PublicToilet", "CivicStructure" },
	{ "PublicationEvent", "Event" }, { "RVPark", "CivicStructure" }, { "RadioStation", "LocalBusiness" },
	{ "RealEstateAgent", "LocalBusiness" }, { "RecyclingCenter", "LocalBusiness" },
	{ "Reservoir", "BodyOfWater" }, { "Residence", "Place" }, { "Resort", "LodgingBusiness" },
	{ "Restaurant", "FoodEstablishment" }, { "RiverBodyOfWater", "BodyOfWater" }, { "Room", "Accommodation" },
	{ "SaleEvent", "Event" }, { "ScreeningEvent", "Event" }, { "SeaBodyOfWater", "BodyOfWater" },
	{ "SelfStorage", "LocalBusiness" }, { "ShoeStore", "Store" }, { "ShoppingCenter", "LocalBusiness" },
	{ "SingleFamilyResidence", "House" }, { "SkiResort", "Resort" }, { "SocialEvent", "Event" },
	{ "SomeProducts", "Product" }, { "SportingGoodsStore", "Store" },
	{ "SportsActivityLocation", "LocalBusiness" }, { "SportsClub", "SportsActivityLocation" },
	{ "SportsEvent", "Event" }, { "StadiumOrArena", "CivicStructure" }, { "Store", "LocalBusiness" },
	{ "SubwayStation", "CivicStructure" }, { "Suite", "Accommodation" }, { "Synagogue", "PlaceOfWorship" },
	{ "TattooParlor", "HealthAndBeautyBusiness" }, { "Taxi", "Service" }, { "TaxiService", "Service" },
	{ "TaxiStand", "CivicStructure" }, { "TelevisionStation", "LocalBusiness" },
	{ "TennisComplex", "SportsActivityLocation" }, { "TheaterEvent", "Event" }, { "TireShop", "Store" },
	{ "TouristAttraction", "Place" }, { "TouristDestination", "Place" },
	{ "TouristInformationCenter", "LocalBusiness" }, { "TouristTrip", "Trip" }, { "ToyStore", "Store" },
	{ "TrainStation", "CivicStructure" }, { "TrainTrip", "Trip" }, { "TravelAgency", "LocalBusiness" },
	{ "VacationRental", "LodgingBusiness" }, { "Vehicle", "Product" }, { "VisualArtsEvent", "Event" },
	{ "Volcano", "Landform" }, { "Waterfall", "BodyOfWater" }, { "WholesaleStore", "Store" },
	{ "Winery", "FoodEstablishment" }, { "Zoo", "CivicStructure" },
};

enum { LINES_MAX = 8 };		/* from any type up to its root */

const char *
schema_local(const char *name)
{
	static const char *const prefixes[] = { "https://schema.org/", "http://schema.org/", "https://www.schema.org/",
		"http://www.schema.org/", "schema:" };
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return name + strlen(prefixes[i]);
	return name;
}

static bool
is_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	while (*words != '\0') {
		size_t n = strcspn(words, " ,");
		if (n == len && strncmp(words, word, n) == 0)
			return true;
		words += n;
		words += strspn(words, " ,");
	}
	return false;
}

static int
compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct type *)row)->type);
}

static const char *
parent_of(const char *type)
{
	const struct type *row = bsearch(type, types, sizeof types / sizeof types[0], sizeof types[0], compare);
	return row != NULL ? row->parent : NULL;
}

bool
schema_is_a(const char *type, const char *wanted)
{
	for (int line = 0; type != NULL && line < LINES_MAX; line++) {
		if (is_word(wanted, type))
			return true;
		type = parent_of(type);
	}
	return false;
}
