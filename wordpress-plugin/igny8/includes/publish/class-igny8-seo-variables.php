<?php
/**
 * Template variables of SEO plugins.
 *
 * @package IGNY8
 */

/**
 * Tells text from templates: `%%title%%` (Yoast SEO, SEOPress), `%title%` (Rank Math) and `#post_title` (All in One SEO)
 * are filled in by the plugin that reads them. A character that is not part of a variable is text.
 */
class IGNY8_Seo_Variables {

	const YOAST = 'archive_title author_first_name author_last_name caption category category_description category_title currentdate currentday currentmonth currenttime currentyear date excerpt excerpt_only focuskw id modified name page pagenumber pagetotal parent_title permalink post_content post_day post_month post_year primary_category pt_plural pt_single searchphrase sep sitedesc sitename tag tag_description term404 term_description term_hierarchy term_title title user_description userid';

	const SEOPRESS = '_category_description _category_title archive_date archive_date_day archive_date_month archive_date_month_name archive_date_year archive_title author_bio author_first_name author_last_name author_nickname author_url author_website cpt_plural current_pagination currentdate currentday currentmonth currentmonth_num currentmonth_short currenttime currentyear date excerpt page post_author post_category post_content post_date post_excerpt post_modified_date post_tag post_thumbnail_url post_title post_url search_keywords sep sitedesc sitename sitetitle tag_description tag_title tagline target_keyword term_description term_title title wc_get_price wc_get_regular_price wc_single_cat wc_single_price wc_single_price_exc_tax wc_single_short_desc wc_single_tag wc_sku';

	const RANK_MATH = 'categories category count currentdate currentday currentmonth currenttime currentyear customfield customterm customterm_desc date excerpt excerpt_only filename focuskw group_desc group_name id keywords modified name org_logo org_name org_url page pagenumber pagetotal parent_title post_author post_thumbnail primary_taxonomy_terms pt_plural pt_single search_query sep seo_description seo_title sitedesc sitename tag tags term term_description title url user_description userid wc_brand wc_price wc_shortdesc wc_sku';

	const AIOSEO = 'alt_tag archive_date archive_title attachment_caption attachment_description author_bio author_first_name author_last_name author_link author_link_alt author_name author_url blog_link blog_title categories category category_link category_link_alt current_date current_day current_month current_year description event_end_date event_start_date featured_image featured_image_url page_number parent_title permalink post_content post_date post_date_w3c post_day post_excerpt post_excerpt_only post_link post_link_alt post_modified_date post_modified_date_w3c post_month post_title post_year search_term separator_sa site_description site_link site_link_alt site_title tagline tax_parent_name taxonomy_description taxonomy_title';

	const NAMES = array(
		'yoast'    => 'Yoast SEO',
		'rankmath' => 'Rank Math',
		'aioseo'   => 'All in One SEO',
		'seopress' => 'SEOPress',
	);

	/**
	 * Variables of plugins that are not written for: `{{ post.title }}` of Slim SEO and Squirrly.
	 */
	const BRACES = '/\{\{\s*[a-z_][^{}]*\}\}/iu';

	/**
	 * The same where nobody fills them in: shortcodes, as `[current_year]`, and `%post_title%` of old plugins.
	 */
	const TOKENS = '/\[(?:[a-z]+(?:_[a-z]+)+|(?:current|seo|site|post|page)-?(?:year|month|day|date|title|name)|year|month)(?:\s[^\[\]]*)?\]|(?<!%)%[a-z]+(?:_[a-z]+)+%(?!%)/iu';

	/**
	 * The owner of such a template.
	 */
	const UNKNOWN = 'unknown';

	/**
	 * Name of whose template a text is.
	 *
	 * @param string $owner Owner.
	 * @return string
	 */
	public static function name( $owner ) {
		return isset( self::NAMES[ $owner ] ) ? self::NAMES[ $owner ] : __( 'another SEO plugin', 'igny8' );
	}

	/**
	 * Whose template a text is.
	 *
	 * @param string $text   Text.
	 * @param string $active Plugin that will read it, or none.
	 * @return string That plugin when it reads variables in it, another one or UNKNOWN when they are of that one's; empty for text.
	 */
	public static function owner( $text, $active ) {
		if ( 1 === preg_match( self::BRACES, $text ) ) {
			return self::UNKNOWN;
		}
		foreach ( array_merge( array( $active ), array_keys( self::NAMES ) ) as $plugin ) {
			if ( 'none' !== $plugin && self::has( $text, $plugin, $active ) ) {
				return $plugin;
			}
		}
		// A plugin may let shortcodes be filled in, and writes other signs as references.
		return 'none' === $active && 1 === preg_match( self::TOKENS, $text ) ? self::UNKNOWN : '';
	}

	/**
	 * A text in its parts: text, variable, text and so on.
	 *
	 * @param string $text   Template.
	 * @param string $plugin Plugin.
	 * @return string[]
	 */
	public static function split( $text, $plugin ) {
		$parts = preg_split( '/(' . self::pattern( $plugin ) . ')/iu', $text, -1, PREG_SPLIT_DELIM_CAPTURE );
		return is_array( $parts ) ? $parts : array( $text );
	}

	/**
	 * The variables of a plugin as a regular expression without groups.
	 *
	 * @param string $plugin Plugin.
	 * @return string
	 */
	public static function pattern( $plugin ) {
		if ( 'aioseo' === $plugin ) {
			return '#(?:custom_field-[\w-]+|tax_name-[\w-]+|(?:' . self::alternatives( self::AIOSEO ) . ')(?![a-z0-9_]))';
		}
		if ( 'rankmath' === $plugin ) {
			return '(?<!%)%(?:' . implode( '|', array_map( 'preg_quote', self::rank_math_names() ) ) . ')(?:\([^)%]*\))?%(?!%)';
		}
		return '%%[a-z_][a-z0-9_-]*%%';
	}

	/**
	 * Whether a plugin reads variables in a text.
	 *
	 * @param string $text   Text.
	 * @param string $plugin Plugin.
	 * @param string $active The active plugin.
	 * @return bool
	 */
	private static function has( $text, $plugin, $active ) {
		if ( ! preg_match_all( '/' . self::pattern( $plugin ) . '/iu', $text, $matches ) ) {
			return false;
		}
		if ( 'aioseo' === $plugin ) {
			// One word after a hash may be a hashtag: it is a variable beside another one, or alone.
			$alone = trim( $text ) === $matches[0][0] && $active === $plugin;
			return $alone || array() !== preg_grep( '/_/', $matches[0] );
		}
		if ( 'rankmath' === $plugin ) {
			return true;
		}
		// Two plugins write variables this way, and both take names that others register.
		$own_names   = explode( ' ', 'yoast' === $plugin ? self::YOAST : self::SEOPRESS );
		$other_names = explode( ' ', 'yoast' === $plugin ? self::SEOPRESS : self::YOAST );
		foreach ( $matches[0] as $variable ) {
			$name = strtolower( trim( $variable, '%' ) );
			if ( ! in_array( $name, $own_names, true ) && in_array( $name, $other_names, true ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Names of Rank Math's variables, those that others registered with it among them.
	 *
	 * @return string[]
	 */
	private static function rank_math_names() {
		$names = explode( ' ', self::RANK_MATH );
		if ( 'rankmath' === IGNY8_Seo::active() && function_exists( 'rank_math' ) && isset( rank_math()->variables ) && is_callable( array( rank_math()->variables, 'get_replacements' ) ) ) {
			$replacements = rank_math()->variables->get_replacements();
			foreach ( is_array( $replacements ) ? array_keys( $replacements ) : array() as $id ) {
				$names[] = preg_replace( '/_args$/', '', (string) $id );
			}
		}
		return array_unique( $names );
	}

	/**
	 * Names as alternatives of a regular expression; longer ones come first.
	 *
	 * @param string $names Names with spaces.
	 * @return string
	 */
	private static function alternatives( $names ) {
		$names = explode( ' ', $names );
		rsort( $names );
		return implode( '|', $names );
	}
}
