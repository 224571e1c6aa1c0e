/* SPDX-License-Identifier: Apache-2.0 */
/* vigied: the service.  Foreground; logs to stderr; see vigied(8). */
#include <getopt.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/paths.h"
#include "base/version.h"
#include "config/config.h"
#include "normalise/date.h"
#include "vigied/problems.h"
#include "vigied/service.h"

enum { EXIT_USAGE = SERVICE_MEND };

static const char usage[] =
    "usage: vigied [-c FILE] [--speed N] [--from TIME]\n"
    "\n"
    "Polls the partners of FILE (" VIGIE_CONFIG_FILE ") until it is told to stop.\n"
    "  -c, --config FILE  settings; partners are in partners.d beside it\n"
    "      --speed N      rehearsal: let time pass N times as fast\n"
    "      --from TIME    rehearsal: as if it were started at this time (2026-07-14T08:00:00Z)\n"
    "  -V, --version      print the version\n"
    "  -h, --help         print this\n"
    "\n"
    "SIGHUP reads the settings again, SIGTERM ends it.  See also vigie(1).\n";

struct arguments {
	const char *config_file;
	double speed;
	int64_t from_ms;	/* TIME_NONE: now */
};

static bool
read_time(const char *text, int64_t *ret_ms)
{
	static const struct zone utc = { .offset_s = 0 };
	struct date date;
	if (date_read(text, strlen(text), &utc, &date) != 0)
		return false;
	*ret_ms = date.ms;
	return true;
}

/* -1 to go on, or the exit status. */
static int
parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "speed", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;
	while ((c = getopt_long(argc, argv, "c:Vh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			ret->config_file = optarg;
			break;
		case 's':
			if (num_double(optarg, strlen(optarg), &ret->speed) == 0 && ret->speed > 0)
				break;
			(void)fprintf(stderr, "vigied: --speed takes a number above 0, not \"%s\"\n", optarg);
			return EXIT_USAGE;
		case 'f':
			if (read_time(optarg, &ret->from_ms))
				break;
			(void)fprintf(stderr, "vigied: --from takes a time, not \"%s\"\n", optarg);
			return EXIT_USAGE;
		case 'V':
			(void)printf("vigied %s\n", VIGIE_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			(void)fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "vigied: unexpected \"%s\"\n%s", argv[optind], usage);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct arguments args = { VIGIE_CONFIG_FILE, 1.0, TIME_NONE };
	int status = parse(argc, argv, &args);
	if (status >= 0)
		return status;
	log_set_prefix(!isatty(STDERR_FILENO));
	log_set_journal();

	struct config_problems problems = { 0 };
	struct config *config = config_load(args.config_file, &problems);
	if (config == NULL || (problems.n > 0 && config->n_partners == 0)) {
		struct said told = { NULL, 0 };
		log_problems(&problems, &told);
		said_done(&told);
		config_free(config);
		config_problems_done(&problems);
		log_error("not started: mend the settings, then try « vigie check-config »");
		return EXIT_USAGE;
	}
	log_set_level((enum log_level[]){ LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG }[config->log_level]);

	struct clock clock;
	clock_init_fast(&clock, args.from_ms, args.speed);
	status = service_run(&clock, args.config_file, config, &problems);
	config_problems_done(&problems);
	return status;
}
